"""Many payloads: accepted exactly when nothing in them was broken, and never a crash whatever they hold."""

from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings

from slack_simulator.block_kit import (
    refusal,
    validate_attachments,
    validate_blocks,
    validate_unfurl,
    validate_view,
    validation_report,
)
from tests.slack_simulator.block_kit.builders import modal
from tests.slack_simulator.block_kit.generated import Case, any_json, cases, spliced


@pytest.fixture
def many(request: pytest.FixtureRequest) -> settings:
    """1 000 examples, 10 000 with --nightly."""
    examples = 10_000 if request.config.getoption("--nightly", default=False) else 1_000
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def test_blocks_are_accepted_exactly_when_nothing_in_them_is_broken(many: settings) -> None:
    @many
    @given(cases())
    def judged(case: Case) -> None:
        event("sound" if case.broken is None else "broken")

        in_message = validate_blocks(case.blocks, surface="message")
        in_modal = validate_view(modal() | {"blocks": case.blocks})

        assert (in_message == []) == (case.broken is None), case.broken
        if not str(case.broken).startswith("too many blocks"):
            assert (in_modal == []) == (case.broken is None), case.broken

    judged()


def test_every_refusal_names_a_place_in_the_payload(many: settings) -> None:
    @many
    @given(cases())
    def located(case: Case) -> None:
        problems = validate_blocks(case.blocks, surface="message")

        assert all(problem.pointer.startswith("/blocks") for problem in problems)
        assert refusal(problems)["errors"] == [str(problem) for problem in problems]

    located()


def test_no_json_crashes_the_validation(many: settings) -> None:
    @many
    @given(spliced() | any_json)
    def survived(value: Any) -> None:
        problems = [
            *validate_blocks(value, surface="message"),
            *validate_blocks(value, surface="home"),
            *validate_view(value),
            *validate_view(modal() | {"blocks": value}),
            *validate_attachments([{"blocks": value}, value]),
            *validate_unfurl({"https://example.com": value}),
        ]

        assert validation_report(problems, argument="message")["ok"] is not bool(problems)

    survived()


@pytest.mark.parametrize("place", ["text", "elements", "block_id", "bogus"])
def test_json_nested_a_hundred_thousand_deep_is_refused_and_not_followed(place: str) -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep] if place == "elements" else {"type": "section", "text": deep}

    problems = validate_blocks([{"type": "section", place: deep}], surface="message")

    assert problems != []


def test_half_a_surrogate_pair_is_a_character_like_any_other() -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "\ud83d"}}]

    problems = [*validate_blocks(blocks, surface="message"), *validate_view(modal(*blocks))]

    assert problems == []
