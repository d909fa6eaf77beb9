"""What a page says about a verb for many issues: how far it is, and what could not be done. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tocsin.issues.bulk_undo import UNDO, is_beyond_undo
from tocsin.issues.models import BulkAct

REASONS_SHOWN = 5
DONE = {
    "resolve": ("Resolved", ""),
    "resolve_in_release": ("Resolved", "in the release"),
    "resolve_in_current_release": ("Resolved", "in the current release"),
    "resolve_in_next_release": ("Resolved", "in the next release"),
    "resolve_in_commit": ("Resolved", "in the commit"),
    "reopen": ("Reopened", ""),
    "archive": ("Archived", ""),
    "archive_until_escalating": ("Archived", "until escalating"),
    "archive_forever": ("Archived", "forever"),
    "assign": ("Assigned", ""),
    "assign_me": ("Took", ""),
    "unassign": ("Unassigned", ""),
    "set_priority": ("Changed the priority of", ""),
    "merge": ("Merged", ""),
    "delete": ("Deleted", ""),
    UNDO: ("Undone for", ""),
}
"""What is said before and after the issues, by the action."""


@dataclass(frozen=True, slots=True)
class BulkWords:
    """`issues` are those left ticked; `reasons` say why, each with the issues that it is true of."""

    key: str
    is_finished: bool
    total: int
    position: int
    sentence: str
    one: str
    """The short id of the only issue that was done, which stands between `sentence` and `rest`; else empty."""
    rest: str
    reasons: tuple[tuple[str, str], ...]
    issues: frozenset[int]
    can_undo: bool
    """Whether it is offered to take it back."""
    is_beyond_undo: bool
    """Whether that is not offered only because it is done to so many issues."""


@dataclass(frozen=True, slots=True)
class BulkTyped:
    """What stands in the list's forms when the page is shown: what was sent and refused, and else nothing."""

    action: str = ""
    issues: frozenset[int] = frozenset()
    """Those that were ticked."""
    is_all: bool = False
    to: str = ""
    until: str = ""
    priority: str = ""
    row: int = 0
    """The issue whose own form it was; then nothing stands in the one for many."""


NOTHING_TYPED = BulkTyped()


def words_of(bulk: BulkAct | None, *, one: str | None = None, can_undo: bool = False) -> BulkWords | None:
    """What is told of it, by the name of the `one` issue that was done; nothing of what nobody knows any more."""
    if bulk is None:
        return None
    (verb, how), into = DONE[bulk.action["name"]], bulk.action.get("into")
    skipped = bulk.position - bulk.done
    sentence = f"{verb} {'' if one else _issues(bulk.done)}" if bulk.done else "Nothing was changed"
    where = f"{how and f' {how}'}{f' into {into}' if into else ''}" if bulk.done else ""
    left = f" Not applicable to {skipped:,}, left ticked." if skipped else ""
    return BulkWords(
        bulk.key,
        bulk.finished_at is not None,
        bulk.total,
        bulk.position,
        sentence,
        one or "",
        f"{where}.{left}",
        tuple(_reasons(bulk.skipped)),
        frozenset(each["id"] for each in bulk.skipped),
        can_undo,
        is_beyond_undo(bulk),
    )


def _issues(count: int) -> str:
    return f"{count:,} issue{'' if count == 1 else 's'}"


def _reasons(skipped: Sequence[Mapping[str, str]]) -> list[tuple[str, str]]:
    """The first few reasons, each with the names of the issues."""
    named: dict[str, list[str]] = {}
    for each in skipped:
        why = each["why"].replace(f"{each['issue']} ", "", 1)
        named.setdefault(why, []).append(each["issue"])
    return [(why, ", ".join(issues)) for why, issues in list(named.items())[:REASONS_SHOWN]]
