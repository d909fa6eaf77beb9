"""Days as an address names them, like `2026-11-22`, and the moments in UTC that they stand for."""

from datetime import UTC, date, datetime, time, timedelta


def known_day(text: str) -> str:
    """The day that `text` names, written as a date field has it; empty for anything else."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def beginning_of_day(day: str) -> datetime | None:
    """Midnight in UTC of what `known_day` gave; `None` for no day."""
    return datetime.combine(date.fromisoformat(day), time(), UTC) if day else None


def end_of_day(day: str) -> datetime | None:
    """The midnight after it; `None` for no day, and for the last one of the calendar, which nothing comes after."""
    if not day or date.fromisoformat(day) == date.max:
        return None
    return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), UTC)
