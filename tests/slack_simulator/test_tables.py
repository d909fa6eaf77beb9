"""The simulator's tables agree with each other, with Slack's reference and with the documentation."""

from pathlib import Path

import pytest

from slack_simulator.controls import CONTROLS
from slack_simulator.facts import method_facts
from slack_simulator.faults import DELIVERY_FAULTS, FAULTS
from slack_simulator.methods import METHODS
from slack_simulator.methods.open_methods import OPEN_METHODS
from tests.slack_simulator.conformance import test_message_refusals, test_other_refusals

DOCS = Path(__file__).parents[2] / "docs" / "simulator.md"
# Errors that Slack's reference lists for every method, and those of pagination, which few pages repeat.
COMMON = {
    "account_inactive",
    "invalid_arguments",
    "invalid_auth",
    "invalid_cursor",
    "invalid_limit",
    "missing_scope",
    "not_allowed_token_type",
    "token_expired",
    "token_revoked",
}
# Errors that the pages of the methods leave out, with where they are known from.
ELSEWHERE = {
    ("chat.postMessage", "invalid_attachments"): "chat.update and chat.postEphemeral list it",
    ("chat.postMessage", "msg_too_long"): "the page of markdown_text: 12 000 characters",
    ("chat.postMessage", "user_disabled"): "conversations.open lists it",
    ("conversations.replies", "not_in_channel"): "conversations.history lists it",
    ("views.publish", "user_not_found"): "users.info lists it",
}
ROWS = [
    *test_message_refusals.WHERE,
    *test_message_refusals.CONTENT,
    *test_message_refusals.TOKENS,
    *test_message_refusals.OTHERS,
    *test_other_refusals.READING,
    *test_other_refusals.WRITING,
    *test_other_refusals.PEOPLE,
    *test_other_refusals.VIEW_ROWS,
    *test_other_refusals.REACTIONS,
    *test_other_refusals.TOKENS,
]


def test_every_method_has_facts_and_every_fact_a_method():
    assert method_facts().keys() == METHODS.keys() | OPEN_METHODS.keys()


def test_every_refusal_is_one_that_slack_documents_for_the_method():
    names = {name.replace(".", "_"): name for name in method_facts()}
    unknown = {
        (names[row.method], row.error)
        for row in ROWS
        if row.error not in COMMON | set(method_facts()[names[row.method]].errors)
    }

    assert unknown == ELSEWHERE.keys()


@pytest.mark.parametrize("name", sorted(METHODS.keys() | OPEN_METHODS.keys() | FAULTS.keys() | DELIVERY_FAULTS.keys()))
def test_the_documentation_has_a_row_for_every_method_and_fault(name):
    assert f"| `{name}`" in DOCS.read_text()


def test_the_documentation_names_every_control():
    text = DOCS.read_text()

    assert [name for name in CONTROLS if f"`{name}`" not in text and f"`{name}(" not in text] == []
