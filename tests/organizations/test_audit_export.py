"""The audit log for other programs: JSON lines, and CSV that no spreadsheet takes for formulas."""

import csv
import io
import json

import pytest

from tests.support.acme import NOW
from tocsin.organizations.audit import AuditEntry
from tocsin.organizations.audit_export import COLUMNS, csv_lines, harmless, json_lines


def entry(**changes) -> AuditEntry:
    usual = {"id": 1, "at": NOW, "event": "team.add", "actor_label": "Ada", "via": "page", "data": {"slug": "pay"}}
    return AuditEntry(**(usual | changes))


def test_json_lines_hold_one_whole_entry_each():
    lines = list(json_lines([entry(), entry(id=2, actor_label="Ünal\n")]))

    documents = [json.loads(line) for line in lines]
    assert [line.count("\n") for line in lines] == [1, 1]
    assert [tuple(document) for document in documents] == [COLUMNS, COLUMNS]
    assert [(each["actor"], each["at"]) for each in documents] == [
        ("Ada", "2026-03-02T12:00:00.000000+00:00"),
        ("Ünal\n", "2026-03-02T12:00:00.000000+00:00"),
    ]


def test_csv_is_read_back_as_it_was_written():
    text = "".join(csv_lines([entry(actor_label='Ada "the first", of\nAcme', data={"a": [1, "ü"]})]))

    heading, row = csv.reader(io.StringIO(text, newline=""))
    facts = dict(zip(heading, row, strict=True))
    assert tuple(heading) == COLUMNS
    assert (facts["actor"], json.loads(facts["data"]), facts["target"]) == (
        'Ada "the first", of\nAcme',
        {"a": [1, "ü"]},
        "",
    )


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "\0="])
def test_a_spreadsheet_is_given_no_formula_to_calculate(first):
    cell = harmless(f'{first}HYPERLINK("https://evil.example")')

    assert cell[0] == "'"
    assert "\0" not in cell


def test_what_is_no_formula_stays_as_it_is():
    assert [harmless(each) for each in ("", "Ada", "a=b", "12", '{"a": 1}')] == ["", "Ada", "a=b", "12", '{"a": 1}']


def test_a_name_that_is_a_formula_is_harmless_in_the_file():
    text = "".join(csv_lines([entry(actor_label="=1+1")]))

    assert "'=1+1" in next(iter(list(csv.reader(io.StringIO(text)))[1:]))
