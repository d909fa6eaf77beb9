"""The documents are true where a machine can tell: what they name is there, what they link to resolves."""

import importlib
import json
import re
import subprocess
import tomllib
from functools import reduce
from pathlib import Path
from typing import get_args

import pytest

from slack_simulator.config import ALL_BOT_SCOPES
from slack_simulator.facts import method_facts
from tests.contracts.documents import (
    DOCUMENTS,
    ROOT,
    anchors_of,
    block,
    functions_named_in,
    links_of,
    paths_named_in,
    read,
    rows,
    section,
)
from tocsin.chat.permissions import PERMISSIONS
from tocsin.settings import Settings
from tocsin.slack.lifecycle_payloads import LifecycleEvent
from tocsin.slack.payloads import MetadataDeleted
from tocsin.slack.sending import METADATA_TYPE

FOUNDING_NAMES = (
    "send_activity_notifications_to_slack_threads",
    "notify_all_threads_for_activity",
    "_handle_parent_notification",
    "post",
    "handle_member_approval",
    "_handle_group_actions",
    "bind_org_context_from_integration",
    "approve_member_invitation",
    "reject_member_invitation",
    "send_invite_email",
    "create_audit_entry_from_user",
    "delete",
    "get_organization_by_id",
    "check_membership_by_id",
    "serialize_member",
    "get_email",
    "get_user",
)
"""The boxes of the first founding document."""

FOUNDING_EDGES = (
    ("send_activity_notifications_to_slack_threads", "notify_all_threads_for_activity"),
    ("notify_all_threads_for_activity", "_handle_parent_notification"),
    ("_handle_parent_notification", "post"),
    ("post", "handle_member_approval"),
    ("post", "_handle_group_actions"),
    ("post", "bind_org_context_from_integration"),
    ("handle_member_approval", "approve_member_invitation"),
    ("handle_member_approval", "reject_member_invitation"),
    ("approve_member_invitation", "send_invite_email"),
    ("approve_member_invitation", "create_audit_entry_from_user"),
    ("reject_member_invitation", "delete"),
    ("reject_member_invitation", "create_audit_entry_from_user"),
    ("bind_org_context_from_integration", "get_organization_by_id"),
    ("get_organization_by_id", "check_membership_by_id"),
    ("check_membership_by_id", "serialize_member"),
    ("serialize_member", "get_email"),
    ("get_email", "get_user"),
    ("after", "post"),
    ("send_notification", "post"),
    ("handle", "send_slack_response"),
    ("send_slack_response", "post"),
    ("handle", "send_message"),
    ("send_message", "post"),
    ("_handle_group_actions", "api_error"),
    ("api_error", "get_logging_data"),
)
"""The arrows of both, but for those that lead to an ellipsis."""

ELSEWHERE = re.compile(r"(?<![\w.])/(?:home|root|work)/\w|\bSTYLE\b|\bDESIGN\b")
"""Paths of somebody's machine, and papers that are not in the repository: they mean nothing to a reader."""

VENDORED = "tests/web/browser/axe/"
"""The words of somebody else."""


def by_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def find(reference: str) -> object:
    """What `module:name.attribute` below `tocsin` means."""
    module, _, names = reference.partition(":")
    return reduce(getattr, names.split("."), importlib.import_module(f"tocsin.{module}"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_name)
def test_every_function_that_a_document_names_is_there(document: Path):
    for reference in functions_named_in(document):
        assert reference in ALL_BOT_SCOPES or find(reference) is not None, reference


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_name)
def test_every_file_that_a_document_names_is_there(document: Path):
    places = (ROOT, ROOT / "src", ROOT / "src" / "tocsin", document.parent)

    missing = [name for name in paths_named_in(document) if not any((place / name).exists() for place in places)]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_name)
def test_every_link_between_documents_resolves(document: Path):
    broken = [
        f"{target.name}#{anchor}"
        for target, anchor in links_of(document)
        if not target.exists() or (anchor and anchor not in anchors_of(target))
    ]

    assert broken == []


def test_every_document_can_be_found_from_the_readme():
    linked = {target.resolve() for target, _ in links_of(ROOT / "README.md")}

    assert [
        by_name(document) for document in DOCUMENTS if document.name != "README.md" and document not in linked
    ] == []


@pytest.mark.parametrize("name", FOUNDING_NAMES)
def test_every_box_of_the_founding_documents_has_a_row(name: str):
    assert name in rows(section(read("docs/flows.md"), "Boxes"))


@pytest.mark.parametrize("edge", FOUNDING_EDGES, ids=" → ".join)
def test_every_edge_of_the_founding_documents_has_a_row(edge: tuple[str, str]):
    caller, called = edge

    assert re.search(rf"^\| `{caller}` → `{called}`", read("docs/flows.md"), re.MULTILINE)


def test_what_flows_call_not_yet_is_not_there():
    names = [name for name, cells in rows(section(read("docs/flows.md"), "Boxes")).items() if "Not yet" in cells[0]]
    source = "\n".join(path.read_text() for path in (ROOT / "src" / "tocsin").rglob("*.py"))

    assert [name for name in names if name != "delete" and f"def {name}(" in source] == []


def test_every_dependency_has_its_reason():
    project = tomllib.loads(read("pyproject.toml"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = [re.split(r"[\[><=; ]", each)[0] for each in wanted]
    decisions = read("docs/decisions.md")

    assert [name for name in names if not re.search(rf"\b{re.escape(name)}\b", decisions)] == []


def manifest() -> dict:
    """The Slack app's manifest as documented."""
    return json.loads(block(read("docs/slack-app.md"), "json"))


def test_the_manifest_asks_for_the_scopes_that_are_explained_and_no_others():
    explained = rows(section(read("docs/slack-app.md"), "What each permission is for"))

    assert list(explained) == manifest()["oauth_config"]["scopes"]["bot"]


def test_the_page_slack_knows_what_each_permission_of_the_manifest_is_for():
    assert [one.scope for one in PERMISSIONS] == manifest()["oauth_config"]["scopes"]["bot"]


def test_every_scope_serves_the_methods_that_it_is_said_to_serve():
    explained = rows(section(read("docs/slack-app.md"), "What each permission is for"))

    for scope, (methods, _) in explained.items():
        for method in re.findall(r"`([^`]+)`", methods):
            assert scope in method_facts()[method].scopes, f"{method} does not take {scope}"


def test_every_method_that_is_called_is_explained():
    explained = set(
        re.findall(r"`([a-z]+\.[A-Za-z]+)`", section(read("docs/slack-app.md"), "What each permission is for"))
    )
    called = re.findall(
        r"(?:call|call_with_token)\(\s*(?:integration_id|token),\s*\"([^\"]+)\"",
        "\n".join(path.read_text() for path in (ROOT / "src" / "tocsin" / "slack").rglob("*.py")),
    )

    assert called
    assert set(called) - explained == set()


def test_the_manifest_sends_slack_to_addresses_that_there_are():
    interactivity, events = (manifest()["settings"][name] for name in ("interactivity", "event_subscriptions"))
    addresses = rows(section(read("docs/slack-app.md"), "The request addresses"))

    for url in (interactivity["request_url"], interactivity["message_menu_options_url"], events["request_url"]):
        assert url.removeprefix("https://tocsin.example.com") in addresses


def test_the_manifest_asks_to_be_told_of_what_is_heeded_and_of_nothing_else():
    events = manifest()["settings"]["event_subscriptions"]

    heeded = (MetadataDeleted, *get_args(LifecycleEvent))
    assert events["bot_events"] == [each.__struct_config__.tag for each in heeded]
    assert events["metadata_subscriptions"] == [{"app_id": "*", "event_type": METADATA_TYPE}]


def test_every_setting_in_an_example_is_one():
    known = {f"TOCSIN_{name.upper()}" for name in Settings.model_fields}
    of_tests = {"TOCSIN_TEST_POSTGRES_URL", "TOCSIN_CHROMIUM", "TOCSIN_REQUIRE_BROWSER", "TOCSIN_NIGHTLY"}

    for document in DOCUMENTS:
        named = set(re.findall(r"TOCSIN_[A-Z_]+[A-Z]", document.read_text()))
        assert named <= known | of_tests, document


def test_the_project_speaks_of_itself_alone():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("no git here, or no checkout")

    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if (
            path == Path(__file__)
            or name.startswith(VENDORED)
            or not path.is_file()
            or b"\0" in path.read_bytes()[:8000]
        ):
            continue
        assert not ELSEWHERE.search(path.read_text(errors="replace")), name
