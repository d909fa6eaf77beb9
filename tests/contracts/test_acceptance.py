"""What must be shown is mapped to tests that exist, row by row; what is not, says why."""

import ast
import re
from functools import cache

import pytest

from tests.contracts.documents import ROOT, read

OUTBOUND, INBOUND = "docs/acceptance-outbound.md", "docs/acceptance-inbound.md"

ASKED = {
    OUTBOUND: {
        *(f"A-{number}" for number in range(1, 103)),
        *(f"B-{number}" for number in range(1, 21)),
        *(f"C-{number}" for number in range(1, 11)),
    },
    INBOUND: {
        *(f"#{number}" for number in (*range(1, 79), *range(161, 178), *range(199, 218))),
        *(f"T{number}" for number in (*range(1, 21), *range(23, 31), 33, 34)),
    },
}
"""Every row that the lists have."""

DOCUMENTS = list(ASKED)
ROW = re.compile(r"^\| ([A-Z#][^|]*?) \|([^|]*)\|(.*)\|$", re.MULTILINE)
ID = re.compile(r"(A-|B-|C-|#|T)(\d+)(?: … (?:A-|B-|C-|#|T)(\d+))?")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
REASONS = ("Does not apply", "Superseded", "Not built")
"""How the last cell of a row begins that names no test."""


@cache
def names_in(path: str) -> frozenset[str]:
    """The names of the tests in a file of the project."""
    tree = ast.parse((ROOT / path).read_text())
    functions = (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return frozenset(node.name for node in functions if node.name.startswith("test_"))


def rows_of(document: str) -> list[tuple[list[str], str]]:
    """Each row of the tables of `document`: the ids that it is about, and what proves it or why nothing does."""
    found: list[tuple[list[str], str]] = []
    for cell, _, proof in ROW.findall(read(document)):
        ids = [
            f"{prefix}{number}"
            for prefix, first, last in ID.findall(cell)
            for number in range(int(first), int(last or first) + 1)
        ]
        if ids:
            found.append((ids, proof.strip()))
    return found


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_row_that_is_asked_for_stands_once(document: str):
    listed = [each for ids, _ in rows_of(document) for each in ids]

    assert sorted(listed) == sorted(ASKED[document])


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_row_names_a_test_or_a_reason(document: str):
    bare = [ids for ids, proof in rows_of(document) if not TEST.search(proof) and not proof.startswith(REASONS)]

    assert bare == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_test_that_is_named_exists(document: str):
    named = TEST.findall(read(document))

    missing = [f"{path}::{name}" for path, name in named if name not in names_in(path)]

    assert named
    assert missing == []
