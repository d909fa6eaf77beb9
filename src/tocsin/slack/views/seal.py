"""What a form carries while it is open: which card, for whom. Sealed, so that nobody reads, moves or forges it."""

from dataclasses import replace

import msgspec

from tocsin.kernel.errors import TocsinError
from tocsin.kernel.secrets import SecretBox, SecretUnreadableError
from tocsin.kernel.shapes import make_ready
from tocsin.slack.press import FORM, Press

VERSION = "v1:"
"""Raised when the sealed part means something else; a form that was open meanwhile is then too old."""
CONTEXT = "slack.view"


class FormForeignError(TocsinError):
    """The form was not opened by us, for this person, in this workspace, as this form; or an older version did."""

    code = "slack.form_foreign"


class _Sealed(msgspec.Struct, frozen=True):
    form: str
    integration_id: int
    slack_user_id: str
    message_key: str
    channel: str
    message_ts: str
    thread_ts: str | None


make_ready(_Sealed)


def seal_card(secrets: SecretBox, press: Press) -> str:
    """The `private_metadata` of the form that `press` opens; some 400 of Slack's 3 000 characters."""
    sealed = _Sealed(
        form=press.action_id,
        integration_id=press.integration_id,
        slack_user_id=press.slack_user_id,
        message_key=press.card_key or "",
        channel=press.channel,
        message_ts=press.message_ts,
        thread_ts=press.thread_ts,
    )
    return VERSION + secrets.seal(msgspec.json.encode(sealed).decode(), context=CONTEXT)


def open_sealed(secrets: SecretBox, press: Press) -> Press:
    """`press` in a form as if it were one on the card that the form was opened from.

    Raises:
        FormForeignError: the sealed part is missing, older than this version, or somebody else's.
    """
    version, sealed = (press.sealed or "")[: len(VERSION)], (press.sealed or "")[len(VERSION) :]
    if version != VERSION:
        raise FormForeignError("no form of this version")
    try:
        known = msgspec.json.decode(secrets.open(sealed, context=CONTEXT), type=_Sealed)
    except (SecretUnreadableError, msgspec.DecodeError, UnicodeError) as error:
        raise FormForeignError("not sealed by us") from error
    is_same_form = press.kind != FORM or known.form == press.action_id
    if not is_same_form or (known.integration_id, known.slack_user_id) != (press.integration_id, press.slack_user_id):
        raise FormForeignError("sealed for another form, person or workspace")
    return replace(
        press,
        card_key=known.message_key,
        channel=known.channel,
        message_ts=known.message_ts,
        thread_ts=known.thread_ts,
    )
