import pytest

from tests.slack.office import Office


@pytest.mark.parametrize(
    ("action_id", "status", "activity"),
    [
        ("issue.resolve", "resolved", "resolved"),
        ("issue.archive_until_escalating", "archived", "archived"),
        ("issue.archive_forever", "archived", "archived"),
        ("issue.assign_me", "unresolved", "assigned"),
    ],
)
def test_a_button_does_what_it_says_as_the_person_who_presses(office: Office, action_id, status, activity):
    card = office.card()

    pressed = office.press(card, action_id)

    assert pressed.ok
    assert office.issue(card).status == status
    assert office.history(card) == [(activity, "Ada")]
