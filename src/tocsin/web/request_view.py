"""The HTTP request of an event as a page shows it, and as a command that makes it again."""

import json
import re
import shlex
from dataclasses import dataclass
from urllib.parse import parse_qsl

from tocsin.events.schema import Fields, Request, Value
from tocsin.http.visible import visible
from tocsin.web.value_view import Rows, readable, rows_of

NOT_REPEATED = frozenset({"host", "content-length", "connection", "accept-encoding", "transfer-encoding"})
"""Headers that curl sets by itself, better than a copy would."""
TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,100}")
"""A method or the name of a header; RFC 9110 5.6.2 allows signs that mean something to a shell or to curl."""
PAIR = 2


@dataclass(frozen=True, slots=True)
class ShownRequest:
    """What was asked of the application; all texts are as they are shown, and still to be escaped."""

    method: str
    url: str
    query: Rows
    headers: Rows
    cookies: Rows
    body: str
    environment: Rows
    curl: str
    """A command for a POSIX shell; empty without an address. What was filtered stays filtered in it."""


def view_request(request: Request | None) -> ShownRequest | None:
    """`request` for its page; `None` where the SDK sent nothing of one."""
    if request is None:
        return None
    shown = ShownRequest(
        method=visible(request.method or ""),
        url=visible(request.url or ""),
        query=_pairs(request.query_string),
        headers=rows_of(request.headers),
        cookies=_cookies(request),
        body=readable(request.data) if request.data not in (None, "") else "",
        environment=rows_of(request.env),
        curl=visible(curl_of(request)),
    )
    return shown if any((shown.method, shown.url, shown.query, shown.headers, shown.cookies, shown.body)) else None


def curl_of(request: Request) -> str:
    """A command that asks the same again, empty where there is no web address.

    Every text from outside is quoted for the shell, and none stands where curl would take it for an option or the name
    of a file (`@…` as a header or body, a cookie without `=`).
    """
    address = _full_address(request)
    if not address.startswith(("http://", "https://")):
        return ""
    method = request.method or "GET"
    lines = ["curl -g", *([f"-X {method}"] if method != "GET" and TOKEN.fullmatch(method) else [])]
    lines[:] = [" ".join([*lines, shlex.quote(address)])]
    headers = [(name, _word(value)) for name, value in (request.headers or {}).items()]
    if request.cookies:
        headers = [pair for pair in headers if pair[0].lower() != "cookie"]
        headers.append(("Cookie", "; ".join(f"{name}={said}" if name else said for name, said in _cookies(request))))
    lines += [
        f"-H {shlex.quote(f'{name}: {said}')}"
        for name, said in headers
        if TOKEN.fullmatch(name) and name.lower() not in NOT_REPEATED
    ]
    if request.data not in (None, ""):
        lines.append(f"--data-raw {shlex.quote(_word(request.data))}")
    return " \\\n  ".join(lines)


def _full_address(request: Request) -> str:
    url, query = request.url or "", request.query_string
    if not query or not isinstance(query, str) or "?" in url:
        return url
    return f"{url}?{query.removeprefix('?')}"


def _cookies(request: Request) -> Rows:
    return _pairs(request.cookies, separator=";")


def _pairs(value: Value, *, separator: str = "&") -> Rows:
    """A query or cookies in whichever form the SDK sent them: a text, pairs, or names with values."""
    if isinstance(value, str):
        text = value.removeprefix("?")
        pairs = parse_qsl(text, keep_blank_values=True, separator=separator) if "=" in text else [("", text)]
        return tuple((visible(name.strip()), visible(said)) for name, said in pairs if name or said)
    if isinstance(value, list):
        return tuple(
            (readable(pair[0]), readable(pair[1]))
            if isinstance(pair, list) and len(pair) == PAIR
            else ("", readable(pair))
            for pair in value
        )
    return rows_of(value) if isinstance(value, dict) else ()


def _word(value: Value | Fields) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
