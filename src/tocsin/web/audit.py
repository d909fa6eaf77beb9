"""The audit log of an organization: who did, was allowed or was refused what, narrowed, page by page, and as a file."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import Response, StreamingResponse

from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read
from tocsin.members.authorize import authorize
from tocsin.organizations.audit import AuditEvent
from tocsin.organizations.audit_export import csv_lines, json_lines
from tocsin.organizations.audit_log import AuditFilter, export_audit, list_audit
from tocsin.organizations.permit import Verb, Via
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
    facts = {
        "entries": entries[:PAGE_SIZE],
        "asked": asked,
        "events": list(AuditEvent),
        "doors": list(Via),
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
