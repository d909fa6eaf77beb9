"""The sentence that the page of the audit log makes of an entry, in parts, and its values as words."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.organizations.audit import AuditEvent
from tocsin.organizations.permit import Verb, Via

DOORS: Mapping[str, str] = {
    Via.PAGE: "on a page",
    Via.CLI: "on the command line",
    Via.SLACK: "in Slack",
    Via.INGEST: "with an event",
    Via.TIMER: "by itself",
}

SENTENCES: Mapping[str, tuple[str, ...]] = {
    AuditEvent.ORGANIZATION_ADD: ("made {target}",),
    AuditEvent.ORGANIZATION_EDIT: ("changed {target}",),
    AuditEvent.PROJECT_ADD: ("made {target}",),
    AuditEvent.PROJECT_EDIT: ("renamed {target} from “{was}” to “{name}”", "changed {target}"),
    AuditEvent.PROJECT_DELETE: ("deleted {target}",),
    AuditEvent.PROJECT_KEY_ADD: ("made the key “{label}” of {target}",),
    AuditEvent.PROJECT_KEY_ENABLE: ("switched on the key “{label}” of {target}",),
    AuditEvent.PROJECT_KEY_DISABLE: ("switched off the key “{label}” of {target}",),
    AuditEvent.PROJECT_TEAM_ADD: ("gave {target} to the team #{team}",),
    AuditEvent.PROJECT_TEAM_REMOVE: ("took {target} from the team #{team}",),
    AuditEvent.TEAM_ADD: ("made {target}",),
    AuditEvent.TEAM_EDIT: ("renamed {target}, which was “{was}”", "changed {target}"),
    AuditEvent.TEAM_DELETE: ("deleted {target}",),
    AuditEvent.TEAM_LINK: ("let {target} be met in {channel}",),
    AuditEvent.TEAM_UNLINK: ("let {target} be met in {channel} no longer",),
    AuditEvent.MEMBER_ADD: ("let {target} in as {role}",),
    AuditEvent.MEMBER_EDIT: (
        "changed the role of {target} from {from} to {to}",
        "put {target} into the team #{team}",
        "took {target} out of the team #{left_team}",
        "changed {target}",
    ),
    AuditEvent.MEMBER_REMOVE: ("removed {target}, who was {role}",),
    AuditEvent.MEMBER_INVITE: ("invited {email} as {role}",),
    AuditEvent.INVITE_REQUEST_ADD: ("asked that {email} be let in as {role}",),
    AuditEvent.INVITE_REQUEST_REMOVE: ("rejected the request for {email} as {role}",),
    AuditEvent.INVITE_REVOKE: ("took back the invitation of {email} as {role}",),
    AuditEvent.INVITE_LINK: ("had a new link made for {email}, invited as {role}",),
    AuditEvent.INVITE_ACCEPT: ("took up {target} as {role}",),
    AuditEvent.RULE_ADD: ("made {target}",),
    AuditEvent.RULE_EDIT: ("changed {target}",),
    AuditEvent.RULE_REMOVE: ("removed {target}",),
    AuditEvent.RULE_TEST: ("sent a test of {target}",),
    AuditEvent.INTEGRATION_ADD: ("connected {target}",),
    AuditEvent.INTEGRATION_EDIT: ("changed {target}",),
    AuditEvent.INTEGRATION_DISCONNECT: ("disconnected {target}",),
    AuditEvent.INTEGRATION_DISABLED: ("found that {target} takes no messages",),
    AuditEvent.INTEGRATION_HEALED: ("found that {target} takes messages again",),
    AuditEvent.IDENTITY_LINK: ("linked {target} with {external_id} in Slack",),
    AuditEvent.IDENTITY_UNLINK: ("unlinked {target} from {external_id} in Slack",),
    AuditEvent.SIGN_IN: ("signed in",),
    AuditEvent.SIGN_IN_FAILED: ("failed to sign in",),
    AuditEvent.ACCOUNT_DEACTIVATE: ("switched off the account of {target}",),
    AuditEvent.ACCOUNT_REACTIVATE: ("switched on the account of {target}",),
    AuditEvent.ACCOUNT_RENAME: ("changed their own name from “{from}” to “{to}”", "changed their own name"),
    AuditEvent.ACCOUNT_EMAIL: ("changed their own e-mail address",),
    AuditEvent.PASSWORD_SET: ("set the password of {target}",),
    AuditEvent.PASSWORD_RESET: ("asked for a link to a new password of {target}",),
    AuditEvent.SECRETS_ROTATE: ("put {secrets} secrets under the newest key",),
    AuditEvent.CHANNEL_EDIT: ("changed what is told in {target}",),
    AuditEvent.COMMENT_CHANGE: ("{what} {target}",),
    AuditEvent.ISSUE_TRIAGE: ("{type} {target}",),
    AuditEvent.ISSUE_DELETE: ("deleted {target}",),
    AuditEvent.EVENT_DELETE: ("deleted an event of {issue}",),
    AuditEvent.VIEW_SHARE: ("shared {target}",),
    AuditEvent.VIEW_RENAME: ("renamed the view “{was}” to “{name}”",),
    AuditEvent.VIEW_REMOVE: ("removed {target}",),
    AuditEvent.RELEASE_ADD: ("announced {target}",),
    AuditEvent.RELEASE_COMMITS: ("told which commits {target} carries",),
    AuditEvent.DEPLOY_ADD: ("told that {release} runs in {environment}",),
    AuditEvent.DELIVERY_RETRY: ("had {target} tried again",),
    AuditEvent.REFUSED: ("was not allowed to {verb}, asking about {target}", "was not allowed to {verb}"),
}
"""What is said after the actor; of several the first one whose `{fields}` the entry has. `{target}` is what was acted
upon, everything else stands in the entry's data."""

NOUNS: Mapping[str, str] = {
    "organization": "the organization",
    "project": "the project",
    "team": "the team",
    "rule": "the rule",
    "integration": "the workspace",
    "invitation": "the invitation of",
    "release": "the release",
    "view": "the view",
    "comment": "a comment on",
    "channel": "the channel",
    "delivery": "the message",
}
"""What a thing with a name is called; people and issues are called by their names alone."""

NAMED_BY: Mapping[str, str] = {
    "project": "slug",
    "team": "slug",
    "rule": "name",
    "view": "name",
    "invitation": "email",
    "issue": "issue",
    "release": "version",
}
"""Which of its facts an entry calls its own thing by, once the thing is there no longer."""

MEANINGS: Mapping[str, Mapping[str, str]] = {
    "what": {"edit": "changed", "remove": "removed"},
    "type": {
        "resolved": "resolved",
        "resolved_in_release": "resolved, by a release,",
        "resolved_in_commit": "resolved, by a commit,",
        "reopened": "reopened",
        "archived": "archived",
        "priority_set": "set the priority of",
        "assigned": "assigned",
        "unassigned": "took from whoever had it",
        "commented": "commented on",
        "merged": "merged into another issue",
        "absorbed": "merged another issue into",
        "unmerged": "took out of another issue again",
        "split": "took an issue out again of",
        "linked": "linked a tracker's issue with",
        "unlinked": "unlinked a tracker's issue from",
        "undone": "took back a decision about",
        "deleted": "deleted",
    },
    "verb": {
        Verb.SEE: "see it",
        Verb.COMMENT: "comment",
        Verb.TRIAGE: "triage",
        Verb.ASSIGN: "assign",
        Verb.MODERATE: "change what others said",
        Verb.DELETE_ISSUES: "delete issues",
        Verb.EDIT_RULES: "edit rules",
        Verb.EDIT_PROJECTS: "edit projects",
        Verb.EDIT_TEAMS: "edit teams",
        Verb.SHARE_VIEWS: "share views",
        Verb.EDIT_MEMBERS: "edit members",
        Verb.EDIT_WORKSPACES: "edit workspaces",
        Verb.SEE_AUDIT: "see the audit log",
        Verb.UNLINK_OTHERS: "unlink others",
        Verb.EDIT_ORGANIZATION: "edit the organization",
        Verb.EDIT_SECRETS: "edit secrets",
        Verb.DELETE: "delete for good",
    },
    "label": {"": "without a name"},
}
"""What a value of these facts says."""

FACTS: Mapping[str, tuple[str, str]] = {
    "active": ("switched on", ""),
    "assign_new_to": ("new issues go to", "nobody"),
    "comments": ("comments are told there", ""),
    "count": ("new ones", ""),
    "events_per_day": ("events a day", "no limit"),
    "events_per_minute": ("events a minute", "no limit"),
    "filter_match": ("of several filters", ""),
    "filters": ("only events where", ""),
    "interval_minutes": ("minutes between two cards of an issue", ""),
    "ip_addresses": ("addresses of computers", ""),
    "join_requests": ("anybody may ask to join", ""),
    "label": ("key", ""),
    "match": ("of several conditions", ""),
    "more_names": ("names taken out", "none"),
    "harmless_names": ("names left in", "none"),
    "muted_until": ("muted until", "not muted"),
    "new_issues_per_minute": ("new issues a minute", "no limit"),
    "old_secrets_ended": ("signing secrets that are accepted no longer", ""),
    "open": ("every member sees it", ""),
    "resolve_after_days": ("days after which it resolves what was not seen", "never"),
    "retention_days": ("days that events are kept", "as the server has it"),
    "retention_events": ("events that are kept", "as the server has it"),
    "scopes": ("permissions", "none"),
    "scrub_rules": ("what is taken out", ""),
    "state": ("it was", ""),
    "team_id": ("id in Slack", ""),
    "threads": ("told in threads", ""),
    "threads_enabled": ("threads are answered", ""),
}
"""How a fact is called, and what none of it means; without a meaning it is left out. Others are called by their own
names."""

UNTOLD = frozenset({"app_id", "integration_id", "key_id", "member_id", "status", "team_ids", "user_id"})
"""They say nothing to people; who looks closer finds them in the entry itself."""

ONE_OF = {"match": "when", "filter_match": "filters"}
"""A fact that means something only where there are several of the other one."""

TARGET = "target"
SEVERAL = 2

_FIELD = re.compile(r"\{(\w+)\}")
_OWN_WORDS = frozenset({"when", "state", "status", "threads", "scrub_rules"})
"""Facts whose values are words of our own, with lines in the place of blanks."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What was acted upon, as people call it."""

    words: str
    """What stands before the name: `the project`, or nothing."""
    name: str
    address: str | None = None
    """Its page; `None` for what has none, or is there no longer."""


def thing_in(target: str, data: Mapping[str, Any]) -> Thing:
    """What an entry itself calls what was acted upon (`team:3`), when nobody can be asked any more."""
    kind, _, number = target.partition(":")
    name = data.get(NAMED_BY.get(kind, ""))
    if isinstance(name, str) and name:
        return Thing(NOUNS.get(kind, ""), f"#{name}" if kind == "team" else name)
    return Thing(NOUNS.get(kind, kind), number)


def sentence_of(event: str, data: Mapping[str, Any], thing: Thing | None) -> list[str | Thing]:
    """What is said after the actor's name, in order; an event that nobody knows says its bare name."""
    parts: list[str | Thing] = []
    for number, piece in enumerate(_FIELD.split(_template(event, data, thing))):
        if number % 2 == 0:
            parts.append(piece)
        elif piece == TARGET and thing is not None:
            parts.append(thing)
        else:
            parts.append(words_of(piece, data[piece]))
    return parts


def facts_of(event: str, data: Mapping[str, Any], thing: Thing | None) -> Iterator[tuple[str, str]]:
    """What the entry knows beyond its sentence: what each fact is called, and its value in words."""
    told = set(_FIELD.findall(_template(event, data, thing)))
    named = thing.name.removeprefix("#") if thing is not None else None
    for name, value in data.items():
        several = ONE_OF.get(name)
        if name in told | UNTOLD or value == named or (several and len(data.get(several, ())) < SEVERAL):
            continue
        label, none = FACTS.get(name, (name.replace("_", " "), ""))
        words = none if value is None or value == [] else words_of(name, value)
        if words:
            yield label, words


def words_of(name: str, value: object) -> str:
    """A value as people say it: nothing of how a program writes it down."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return _words_of_several(name, value)
    if isinstance(value, list):
        return ", ".join(words_of(name, each) for each in value) or "none"
    if value is None:
        return "none"
    text = MEANINGS.get(name, {}).get(str(value), str(value))
    return text.replace("_", " ") if name in _OWN_WORDS else text


def _words_of_several(name: str, values: Mapping[str, Any]) -> str:
    if values.keys() == {"from", "to"}:
        return f"{words_of(name, values['from'])} → {words_of(name, values['to'])}"
    own = {key: FACTS.get(key, (key.replace("_", " "), ""))[0] for key in values}
    return "; ".join(f"{own[key]}: {words_of(name, each)}" for key, each in values.items())


def _template(event: str, data: Mapping[str, Any], thing: Thing | None) -> str:
    known = data.keys() | ({TARGET} if thing is not None else set())
    fitting = (one for one in SENTENCES.get(event, ()) if known >= set(_FIELD.findall(one)))
    return next(fitting, event.replace(".", " ").replace("_", " "))
