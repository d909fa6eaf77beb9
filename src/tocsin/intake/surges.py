"""Surges: what the batch counts for the rules that ask how often an issue was seen lately, or how many users it hit."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from tocsin.intake.group import Group
from tocsin.issues.counters import note_users_seen
from tocsin.issues.recent import count_ticks, events_within, tick_of, users_within
from tocsin.kernel.ids import IssueId, ProjectId
from tocsin.rules.conditions import Counting
from tocsin.rules.occurrence import Counted, Occurrence, Tally
from tocsin.rules.ready import find_counting
from tocsin.rules.windows import WINDOWS, Window

Tallies = dict[tuple[Counted, Window], Tally]


def find_surges(session: Session, groups: Sequence[Group], *, now: datetime) -> dict[IssueId, Tallies]:
    """The issues of which a rule's condition holds that there are too many, with all that is counted of them.

    Asked after the batch has counted, which holds the issues' rows: other processes wait with theirs.
    """
    wanted = find_counting(session, list({group.project_id for group in groups}))
    if not wanted:
        return {}
    counted = [group for group in groups if group.project_id in wanted]
    tallies = _tally_events(session, counted, wanted, now=now)
    for group in counted:
        tallies[group.issue_id] |= _tally_users(session, group, wanted[group.project_id], now=now)
    return {
        group.issue_id: tallies[group.issue_id]
        for group in counted
        if any(each.matches(Occurrence(tallies=tallies[group.issue_id])) for each in wanted[group.project_id])
    }


def _tally_events(
    session: Session, groups: Sequence[Group], wanted: Mapping[ProjectId, Sequence[Counting]], *, now: datetime
) -> dict[IssueId, Tallies]:
    windows = {each.window for conditions in wanted.values() for each in conditions if each.counted == "events"}
    if not windows:
        return {group.issue_id: {} for group in groups}
    issue_ids = [group.issue_id for group in groups]
    count_ticks(
        session, Counter((group.issue_id, tick_of(event.received_at)) for group in groups for event in group.events)
    )
    found = events_within(session, issue_ids, {WINDOWS[window].seconds for window in windows}, now=now)
    tallies: dict[IssueId, Tallies] = {}
    for group in groups:
        tallies[group.issue_id] = {}
        for window in windows:
            count = found.get((group.issue_id, WINDOWS[window].seconds), 0)
            tallies[group.issue_id]["events", window] = Tally(count, max(0, count - len(group.events)))
    return tallies


def _tally_users(session: Session, group: Group, conditions: Sequence[Counting], *, now: datetime) -> Tallies:
    """Counted only where somebody was hit just now; no more of them than the conditions tell apart."""
    hit = {event.user_key: event.received_at for event in group.events if event.user_key is not None}
    most: dict[Window, int] = {}
    for each in conditions:
        if each.counted == "users":
            most[each.window] = max(most.get(each.window, 0), each.count + 1)
    if not hit or not most:
        return {}
    before = _users_within(session, group.issue_id, most, now=now)
    note_users_seen(session, {(group.issue_id, user): at for user, at in hit.items()})
    after = _users_within(session, group.issue_id, most, now=now)
    return {("users", window): Tally(after[window], before[window]) for window in most}


def _users_within(
    session: Session, issue_id: IssueId, most: Mapping[Window, int], *, now: datetime
) -> dict[Window, int]:
    return {
        window: users_within(session, issue_id, WINDOWS[window].seconds, at_most=at_most, now=now)
        for window, at_most in most.items()
    }
