"""What is read of a request where somebody says a thing twice, or in strange bytes."""

import pytest
from starlette.requests import Request
from starlette.types import Message

from tocsin.ingest.request import SDKRequest


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ([(b"origin", b"first"), (b"origin", b"second")], b"key=first&key=second"),
        ([(b"origin", b"caf\xe9 \xff")], b"key=%e9%ff+x"),
        ([], b""),
    ],
)
def test_an_sdk_s_request_says_what_the_same_request_of_a_page_would(
    headers: list[tuple[bytes, bytes]], query: bytes
) -> None:
    scope = {"type": "http", "headers": headers, "query_string": query}

    sdk, page = SDKRequest(scope, _nothing), Request(scope)

    assert sdk.header(b"origin") == page.headers.get("origin")
    assert sdk.parameter("key") == page.query_params.get("key")
