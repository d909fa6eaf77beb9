"""Growth goes through tables; each row of each table is complete and documented."""

import re
from typing import get_args

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from msgspec.inspect import type_info as struct_info

from tests.contracts.documents import read, rows, section
from tocsin import bootstrap
from tocsin.activities.archive_words import ARCHIVED_UNTIL
from tocsin.activities.describe import SENTENCES, Person, plain_text
from tocsin.activities.models import ActivityType
from tocsin.deliveries.models import DeliveryState
from tocsin.intake.received import STORED, IntakeOutcome
from tocsin.issues.act import ISSUE_ACTIONS
from tocsin.issues.archiving import Until
from tocsin.issues.models import IssueStatus
from tocsin.issues.search_fields import FIELDS
from tocsin.kernel.db import Base, Database
from tocsin.kernel.ids import UserId
from tocsin.members.authorize import LEAST_ROLE
from tocsin.organizations.permit import Role, Verb
from tocsin.rules.conditions import CONDITIONS, Condition, decode_conditions, encode_conditions
from tocsin.settings import Settings
from tocsin.slack.actions.issue import FAMILY
from tocsin.slack.actions.table import ACTIONS
from tocsin.slack.messages.buttons import BUTTONS, MENU
from tocsin.slack.options import OPTIONS
from tocsin.slack.views.table import VIEWS
from tocsin.web.intake import DROPPED_AS
from tocsin.work_kinds import WORK_KINDS

IN_FORMS = {"resolve_in_release", "resolve_in_current_release", "resolve_in_next_release", "resolve_in_commit"}
"""What a card offers as an answer in a form, and not as a button of its own."""

ARCHITECTURE = read("docs/architecture.md")
OPERATIONS = read("docs/operations.md")
SLACK_APP = read("docs/slack-app.md")

CONDITION_NAMES = list(CONDITIONS)
TOLD = list(SENTENCES)
BY_THE_SYSTEM = {ActivityType.REGRESSED, ActivityType.RESOLVED_BY_AGE}
NEVER_TOLD = [each for each in ActivityType if each not in SENTENCES]


def issue_actions() -> dict[str, list[str]]:
    """The documented actions on an issue."""
    return rows(section(ARCHITECTURE, "What can be done to an issue: `issues.act:ISSUE_ACTIONS`"))


def activity_types() -> dict[str, list[str]]:
    """The documented types of activities."""
    return rows(section(ARCHITECTURE, "What can happen to an issue: `activities.models:ActivityType`"))


def conditions() -> dict[str, list[str]]:
    """The documented conditions."""
    return rows(section(ARCHITECTURE, "When a rule fires: `rules.conditions:CONDITIONS`"))


def test_every_setting_is_documented_and_nothing_else_is():
    documented = rows(section(OPERATIONS, "Settings"))

    assert set(documented) == {f"TOCSIN_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_documented_default_of_a_setting_is_the_real_one(name: str):
    default = Settings.model_fields[name].default
    documented = rows(section(OPERATIONS, "Settings"))[f"TOCSIN_{name.upper()}"][0]

    if default is None:
        assert not documented.startswith("`") or documented.startswith("`tocsin.db` in")
    elif isinstance(default, bool):
        assert documented == f"`{str(default).lower()}`"
    else:
        assert documented == f"`{int(default) if isinstance(default, float) else default}`"


def test_every_setting_says_in_the_code_what_it_means():
    source = read("src/tocsin/settings.py")

    for name in Settings.model_fields:
        assert re.search(rf'^    {name}: .*\n    """[^"]+\."""$', source, re.MULTILINE), name


def test_every_action_on_an_issue_is_documented_with_its_verb():
    assert {name: cells[0] for name, cells in issue_actions().items()} == {
        name: kind.verb for name, kind in ISSUE_ACTIONS.items()
    }


def test_the_actions_that_a_card_offers_are_those_that_are_documented():
    from_cards = {name for name, cells in issue_actions().items() if "card" in cells[1]}
    offered = {name.removeprefix(FAMILY) for name in ACTIONS} & set(ISSUE_ACTIONS)

    assert from_cards == offered | IN_FORMS


def test_every_button_is_documented_as_it_is():
    documented = rows(section(SLACK_APP, "The buttons"))

    assert documented == {name: [row.label, row.verb, row.doc] for name, row in ACTIONS.items()}


def test_every_button_that_a_card_can_show_has_a_row():
    shown = {button.action_id for buttons in (*BUTTONS.values(), MENU) for button in buttons}

    assert set(BUTTONS) == set(IssueStatus)
    assert shown <= set(ACTIONS)


def test_every_form_is_documented_with_its_inputs_and_opened_by_a_button():
    documented = rows(section(SLACK_APP, "The forms"))

    assert {name: cells[0] for name, cells in documented.items()} == {name: row.title for name, row in VIEWS.items()}
    assert set(VIEWS) <= set(ACTIONS)


def test_every_menu_that_asks_for_its_choices_is_documented_as_it_is():
    documented = rows(section(SLACK_APP, "The menus that ask while somebody types"))

    assert documented == {name: [row.verb, row.doc] for name, row in OPTIONS.items()}


def test_every_type_of_activity_is_documented_and_nothing_else_is():
    assert set(activity_types()) == set(ActivityType)


@pytest.mark.parametrize("activity_type", TOLD)
def test_what_is_documented_of_a_type_is_what_is_said(activity_type: ActivityType):
    actor = Person("Tocsin") if activity_type in BY_THE_SYSTEM else Person("Ada", UserId(1))
    facts = {
        "assignee": {"kind": "user", "id": 2, "name": "Grace"},
        "until": {"kind": "until_escalating"},
        "forecast": 20,
        "count": 21,
        "within": "an hour",
        "from": "high",
        "to": "low",
        "release": "shop@2.4.1",
        "resolved_in": "shop@2.4.0",
        "commit": "8f3a2c1d00",
        "days": 30,
        "environment": "production",
        "of": ActivityType.RESOLVED,
        "text": "It is the cache",
        "provider": "GitHub",
        "label": "acme/shop#12",
        "url": "https://github.com/acme/shop/issues/12",
        "other": {"id": 3, "short_id": "WEB-3"},
    }

    said = plain_text(SENTENCES[activity_type](actor, facts), issue="WEB-12")

    assert f"*{said}*" in activity_types()[activity_type][0]


@pytest.mark.parametrize("activity_type", NEVER_TOLD)
def test_a_type_without_a_sentence_is_named_as_never_told(activity_type: ActivityType):
    assert activity_types()[activity_type][0].startswith("never told")


def test_every_way_of_archiving_has_its_words():
    assert set(ARCHIVED_UNTIL) == {struct_info(kind).tag for kind in get_args(Until)}  # pyrefly: ignore -- every member is a struct


def test_every_condition_of_the_union_has_a_name_and_is_documented():
    assert set(CONDITIONS.values()) == set(get_args(Condition))
    assert set(conditions()) == set(CONDITIONS)


@pytest.mark.parametrize("name", CONDITION_NAMES)
def test_a_condition_says_in_the_form_what_the_documents_say(name: str):
    assert [CONDITIONS[name].label] == conditions()[name]


@pytest.mark.parametrize("name", CONDITION_NAMES)
def test_a_condition_comes_back_from_json_as_it_was_stored(name: str):
    condition = CONDITIONS[name]()

    stored = encode_conditions([condition])

    assert stored[0]["kind"] == name
    assert decode_conditions(stored) == [condition]


def test_every_field_of_a_search_is_documented_as_it_is():
    documented = rows(section(read("docs/search.md"), "Fields"))

    assert documented == {name: [f"`{field.example}`", field.meaning] for name, field in FIELDS.items()}


def test_every_table_has_its_bound_in_the_documents_and_nothing_else_has():
    cells = re.findall(r"^\| (`[^|]*)\|", section(OPERATIONS, "What is kept"), re.MULTILINE)

    assert set(re.findall(r"`([a-z_]+)`", " ".join(cells))) == set(Base.metadata.tables)


def test_every_kind_of_work_is_documented():
    assert set(rows(section(ARCHITECTURE, "Who runs what"))) == set(WORK_KINDS)


def test_every_state_of_a_delivery_is_drawn():
    arrows = re.findall(r"^    ([a-z]+) --> ([a-z]+): ", OPERATIONS, re.MULTILINE)

    assert {name for arrow in arrows for name in arrow} == set(DeliveryState)


def test_every_metric_is_documented_and_nothing_else_is():
    # Asked of the composition, since the slices declare their figures when they are imported.
    names = {
        f"{family.name}_total" if family.type == "counter" else family.name for family in bootstrap.REGISTRY.collect()
    }

    assert set(rows(section(OPERATIONS, "Watching it"))) == names


def test_every_outcome_of_what_sdks_send_is_documented_and_has_its_words():
    assert set(rows(section(OPERATIONS, "Limits"))) == set(IntakeOutcome)
    assert set(DROPPED_AS) == set(IntakeOutcome) - STORED


def test_every_verb_belongs_to_a_role():
    assert set(LEAST_ROLE) == set(Verb)
    assert set(re.findall(r"^\| (\w+) \|", section(ARCHITECTURE, "Who may"), re.MULTILINE)) - {"role"} == set(Role)


def test_the_migrated_schema_is_what_the_models_say(database: Database):
    with database.reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})

        assert compare_metadata(context, Base.metadata) == []
