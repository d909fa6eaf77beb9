"""Makes an event ready for the batch: understood, cleaned of secrets, fingerprinted, named and compressed."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from uuid import uuid4

from tocsin.events.decode import decode_event, parse_event_id
from tocsin.events.fingerprint_rules import FingerprintRule
from tocsin.events.fingerprint_variables import Values, fill_in
from tocsin.events.grouping import VERSIONS, Version, earlier_hashes, fingerprint_of, summary_of
from tocsin.events.identity import user_key_of
from tocsin.events.schema import Event
from tocsin.events.scrubbing import DEFAULT_RULES, ScrubRules, scrub
from tocsin.events.storage import pack
from tocsin.events.tags import tags_of
from tocsin.events.title import one_line, title_of
from tocsin.intake.prepared import PreparedEvent
from tocsin.kernel.ids import ProjectId

MAX_HEADING = 250
MAX_DETAIL = 1000
MAX_PLATFORM = 32
TAGS_COUNTED = 40
"""Of an event that has more, the first ones are counted for its issue; all of them are stored with it."""
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def prepare_event(
    payload: bytes,
    *,
    project_id: ProjectId,
    envelope_event_id: str | None,
    now: datetime,
    rules: Sequence[FingerprintRule] = (),
    scrub_rules: ScrubRules = DEFAULT_RULES,
    versions: Sequence[Version] = VERSIONS,
) -> PreparedEvent:
    """Everything about one event that can be known without the database.

    The event's own id counts, then the envelope's; an event without either gets a new one. `rules` and
    `scrub_rules` are the project's;
    the last of `versions` groups, and the others find the issues that they named.

    Raises:
        EventError: the payload is no event.
    """
    scrubbed = scrub(decode_event(payload), scrub_rules)
    event = scrubbed.event
    fingerprint = fingerprint_of(event, rules, version=versions[-1])
    title = title_of(event)
    named_by_rule = one_line(fill_in(Values(event), fingerprint.rule.title)) if fingerprint.rule else ""
    event_id = event.event_id or parse_event_id(envelope_event_id or "") or uuid4().hex
    return PreparedEvent(
        project_id=project_id,
        event_id=bytes.fromhex(event_id),
        received_at=now,
        fingerprint=fingerprint.hash,
        grouping_version=versions[-1].number,
        grouping_method=fingerprint.method,
        grouping_summary=_clean(summary_of(fingerprint), MAX_HEADING),
        earlier_fingerprints=earlier_hashes(event, rules, fingerprint.hash, versions) if len(versions) > 1 else (),
        title=_clean(named_by_rule or title.heading, MAX_HEADING),
        value=_clean(title.detail, MAX_DETAIL),
        culprit=_clean(title.culprit, MAX_HEADING),
        level=title.level,
        platform=_clean(event.platform or "", MAX_PLATFORM),
        environment=_clean(event.environment or "", MAX_HEADING) or None,
        release=_clean(event.release or "", MAX_HEADING) or None,
        user_key=user_key_of(event.user),
        payload=pack(scrubbed.payload),
        tags=_tags(event),
    )


def _tags(event: Event) -> tuple[tuple[str, str], ...]:
    counted = islice(tags_of(event).items(), TAGS_COUNTED)
    return tuple((name.replace("\x00", REPLACEMENT), value.replace("\x00", REPLACEMENT)) for name, value in counted)


def _clean(text: str, limit: int) -> str:
    """`text` cut to its column, without the one character that PostgreSQL cannot store."""
    return text[:limit].replace("\x00", REPLACEMENT)
