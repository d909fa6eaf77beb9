"""The audit log is complete as far as a machine can tell: nothing is done with a permit that it does not hear of."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.contracts.documents import ROOT
from tocsin.organizations.audit import AuditEvent

WRITERS = frozenset({"create_audit_entry", "create_audit_entry_from_user"})
QUESTIONS = frozenset({"require_may_grant", "validate_invitation"})
"""They take a permit only to ask what its person may, and change nothing."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def sources() -> dict[Path, str]:
    return {path: path.read_text() for path in sorted((ROOT / "src" / "tocsin").rglob("*.py"))}


def functions() -> list[Function]:
    trees = [ast.parse(text) for text in sources().values()]
    return [node for tree in trees for node in ast.walk(tree) if isinstance(node, Function)]


def called_by(function: Function) -> set[str]:
    """The names of what it calls, without the modules they come from."""
    called = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return {each.id if isinstance(each, ast.Name) else getattr(each, "attr", "") for each in called}


def takes_permit(function: Function) -> bool:
    return any(each.arg == "permit" for each in (*function.args.args, *function.args.kwonlyargs))


def names_that_lead_to(wanted: frozenset[str], found: list[Function]) -> set[str]:
    """Every function that calls one of `wanted`, or one that does."""
    calls = [(each.name, called_by(each)) for each in found]
    leading = set(wanted)
    while more := {name for name, called in calls if called & leading} - leading:
        leading |= more
    return leading


def test_whatever_is_done_with_a_permit_is_told_in_the_audit_log():
    found = functions()
    telling = names_that_lead_to(WRITERS, found)

    verbs = {each.name for each in found if takes_permit(each) and not each.name.startswith("_")}

    assert len(verbs) > 20
    assert verbs - telling - QUESTIONS == set()


def test_a_verb_that_tells_nothing_would_be_noticed():
    silent = ast.parse("def promote(session, permit, member): member.role = 'owner'").body[0]
    assert isinstance(silent, ast.FunctionDef)

    telling = names_that_lead_to(WRITERS, [*functions(), silent])

    assert takes_permit(silent)
    assert "promote" not in telling


@pytest.mark.parametrize("event", AuditEvent)
def test_every_event_of_the_audit_log_is_written_by_something(event: AuditEvent):
    others = "\n".join(text for path, text in sources().items() if path.name != "audit.py")

    assert re.search(rf"\bAuditEvent\.{event.name}\b", others)
