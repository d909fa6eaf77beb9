"""The audit log of an organization: who did, was allowed or was refused what, narrowed, page by page, and as a file."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.responses import Response, StreamingResponse

from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read
from tocsin.members.authorize import authorize
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.audit_export import csv_lines, json_lines
from tocsin.organizations.audit_log import AuditFilter, export_audit, list_audit
from tocsin.organizations.permit import Verb, Via
from tocsin.web.audit_things import find_channels, find_things, thing_of
from tocsin.web.audit_words import DOORS, Thing, facts_of, sentence_of
from tocsin.web.days import beginning_of_day, end_of_day, known_day
from tocsin.web.place import Place, open_place, show
from tocsin.web.refusals import refusals_on_record

PAGE_SIZE = 50
LAST_PAGE = 200
NUMBER = re.compile(r"[1-9][0-9]{0,17}")
FILES = {
    "jsonl": (json_lines, "application/x-ndjson"),
    "csv": (csv_lines, "text/csv; charset=utf-8"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as people read it, and as it was written."""

    id: int
    at: datetime
    actor: str
    sentence: Sequence[str | Thing]
    facts: Sequence[tuple[str, str]]
    where: str
    is_sealed: bool
    exactly: Sequence[tuple[str, str]]


def show_audit(visit: SignedInVisit) -> Response:
    """One page of the log, narrowed as the address asks; what it asks for in vain is left out."""
    place = _enter(visit)
    asked = _asked(visit)
    page = min(int(visit.query("page")), LAST_PAGE) if NUMBER.fullmatch(visit.query("page")) else 1
    with read(visit.deps.database) as session:
        entries = list_audit(
            session,
            place.organization.id,
            _filter(asked),
            limit=PAGE_SIZE + 1,
            offset=(page - 1) * PAGE_SIZE,
        )
        lines = _lines(session, place, entries[:PAGE_SIZE])
    facts = {
        "lines": lines,
        "unsealed": sum(not line.is_sealed for line in lines),
        "asked": asked,
        "events": {event: event.replace(".", ": ").replace("_", " ") for event in AuditEvent},
        "doors": DOORS,
        "page": page,
        "newer": _address(asked, page=page - 1) if page > 1 else None,
        "older": _address(asked, page=page + 1) if len(entries) > PAGE_SIZE and page < LAST_PAGE else None,
        "files": {name: f"export/{_address(asked, format=name)}" for name in FILES},
    }
    return show("audit.html", visit, facts, place=place, section="audit")


def download_audit(visit: SignedInVisit) -> Response:
    """Every entry that fits, the oldest first, as a file."""
    place = _enter(visit)
    kind = visit.query("format") if visit.query("format") in FILES else "jsonl"
    lines, media_type = FILES[kind]
    entries = export_audit(visit.deps.database, place.organization.id, _filter(_asked(visit)))
    name = f"audit-{place.organization.slug}-{visit.now:%Y-%m-%d}.{kind}"
    return StreamingResponse(
        lines(entries),
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


def _enter(visit: SignedInVisit) -> Place:
    """The organization, for whoever may read its log; a refusal is itself told in the log."""
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
    with (
        refusals_on_record(visit, target=f"organization:{place.organization.id}"),
        read(visit.deps.database) as session,
    ):
        authorize(session, visit.person.user_id, Verb.SEE_AUDIT, place.scope, source=PAGE)
    return place


def _lines(session: Session, place: Place, entries: Sequence[AuditEntry]) -> list[Line]:
    found, channels = find_things(session, place, entries), find_channels(session, place, entries)
    lines = []
    for entry in entries:
        thing = thing_of(entry, found, channels)
        channel = entry.data.get("channel")
        named = {"channel": channels.get(channel, channel)} if isinstance(channel, str) else {}
        data = {**entry.data, **named}
        lines.append(
            Line(
                id=entry.id,
                at=entry.at,
                actor=entry.actor_label,
                sentence=sentence_of(entry.event, data, thing),
                facts=list(facts_of(entry.event, data, thing)),
                where=DOORS.get(entry.via, entry.via)
                + (f", {channels.get(entry.channel, entry.channel)}" if entry.channel else ""),
                is_sealed=entry.sequence is not None,
                exactly=_exactly(entry),
            )
        )
    return lines


def _exactly(entry: AuditEntry) -> list[tuple[str, str]]:
    """What the entry keeps, word for word, for whoever has to prove something by it."""
    kept = {
        "entry": entry.id,
        "at": f"{entry.at:%Y-%m-%d %H:%M:%S.%f} UTC",
        "event": entry.event,
        "actor": entry.actor_user_id,
        "target": entry.target,
        "via": entry.via,
        "workspace": entry.integration_id,
        "Slack user": entry.slack_user_id,
        "channel": entry.channel,
        "ts": entry.ts,
        "data": json.dumps(entry.data, ensure_ascii=False, sort_keys=True) if entry.data else None,
        "number": entry.sequence,
        "seal": entry.hash,
    }
    return [(name, str(value)) for name, value in kept.items() if value is not None]


def _asked(visit: SignedInVisit) -> dict[str, str]:
    """What the address asks for, of what there is."""
    return {
        "who": visit.query("who")[:64],
        "event": _one_of(visit.query("event"), tuple(AuditEvent)),
        "target": visit.query("target")[:80],
        "via": _one_of(visit.query("via"), tuple(Via)),
        "since": known_day(visit.query("since")),
        "until": known_day(visit.query("until")),
    }


def _filter(asked: Mapping[str, str]) -> AuditFilter:
    """Days are those of UTC; the last one is included."""
    return AuditFilter(
        who=asked["who"] or None,
        event=asked["event"] or None,
        target=asked["target"] or None,
        via=asked["via"] or None,
        since=beginning_of_day(asked["since"]),
        until=end_of_day(asked["until"]),
    )


def _one_of(asked: str, known: tuple[str, ...]) -> str:
    return asked if asked in known else ""


def _address(asked: Mapping[str, str], **more: object) -> str:
    return "?" + urlencode({name: value for name, value in asked.items() if value} | more)
