"""Forms: read with a limit, and accepted only from our own pages."""

import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from tocsin.kernel.errors import InvalidInputError, TocsinError

MAX_FORM_BYTES = 64 * 1024
MAX_FIELDS = 100
CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
OUR_PAGES = frozenset({"same-origin", "none"})
"""What a browser says of a request from our own pages, or typed by the person (W3C Fetch Metadata)."""


class ForgedFormError(TocsinError):
    """The form did not come from a page of ours, or from one that was shown to somebody else."""

    code = "http.forged_form"


async def read_form(request: Request) -> Mapping[str, list[str]]:
    """The fields of an URL-encoded form, each with its values in order.

    Raises:
        InvalidInputError: longer than `MAX_FORM_BYTES`, more fields than `MAX_FIELDS`, or a NUL in one.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise InvalidInputError(f"A form may not be longer than {MAX_FORM_BYTES // 1024} KiB.")
    try:
        pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise InvalidInputError(f"A form may not have more than {MAX_FIELDS} fields.") from error
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        refuse_nul(name + value)
        fields.setdefault(name, []).append(value)
    return fields


def refuse_nul(text: str) -> None:
    """Refuse the one character that PostgreSQL cannot keep, nor even look for.

    Raises:
        InvalidInputError: there is one in `text`.
    """
    if "\0" in text:
        raise InvalidInputError("There is a character in this that no keyboard writes (NUL). Leave it out.")


def refuse_forged(request: Request, form: Mapping[str, list[str]], *, expected: str | None) -> None:
    """Let only a form of ours pass: by what the browser says of its origin, and by the token `expected`.

    Raises:
        ForgedFormError: from another site, or without the token that this person's pages carry.
    """
    if request.headers.get("Sec-Fetch-Site", "none") not in OUR_PAGES:
        raise ForgedFormError("This form was sent from another site, so nothing was done.")
    sent = request.headers.get(CSRF_HEADER) or next(iter(form.get(CSRF_FIELD, ())), "")
    if not expected or not secrets.compare_digest(sent.encode(), expected.encode()):
        raise ForgedFormError(
            "This page was opened before you signed in, or by somebody else, so nothing was done. "
            "Reload it and try again."
        )
