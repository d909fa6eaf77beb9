import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from tocsin.chat.platform import ChatTokenRefusedError
from tocsin.http.errors import error_handlers
from tocsin.http.headers import HEADERS
from tocsin.kernel.errors import (
    AmbiguousError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    TocsinError,
    UnreachableError,
    WriterBusyError,
)
from tocsin.kernel.secrets import SecretUnreadableError
from tocsin.members.errors import TooManyTriesError


def browser_that_meets(error: Exception, accept: str = "text/html,*/*") -> TestClient:
    async def fail(_request: Request) -> None:
        raise error

    app = Starlette(routes=[Route("/", fail)], exception_handlers=error_handlers())
    return TestClient(app, raise_server_exceptions=False, headers={"Accept": accept})


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFoundError("no such thing"), 404),
        (InvalidInputError("not a slug"), 400),
        (AmbiguousError("which of two"), 400),
        (ConflictError("done by Ada"), 409),
        (TooManyTriesError(7), 429),
        (WriterBusyError("busy"), 503),
        (UnreachableError("Slack is away"), 502),
        (ChatTokenRefusedError("invalid_auth"), 400),
    ],
)
def test_an_error_is_told_with_its_status_and_its_own_sentence(error, status):
    response = browser_that_meets(error).get("/")

    assert (response.status_code, str(error) in response.text) == (status, True)


@pytest.mark.parametrize("error", [RuntimeError("password=hunter2"), SecretUnreadableError("key 7"), TocsinError("x7")])
def test_a_failure_of_our_own_says_nothing_of_its_inside(error):
    response = browser_that_meets(error).get("/")

    assert response.status_code == 500
    assert str(error) not in response.text
    assert "Traceback" not in response.text


def test_an_error_page_is_as_protected_as_any_other():
    response = browser_that_meets(NotFoundError("no")).get("/")

    assert {name: response.headers[name] for name in HEADERS} == HEADERS


def test_the_text_of_an_error_is_escaped():
    response = browser_that_meets(InvalidInputError("<script>alert(1)</script>")).get("/")

    assert "<script>alert" not in response.text


def test_a_program_is_answered_with_a_sentence_instead_of_a_page():
    response = browser_that_meets(NotFoundError("There is no such thing."), accept="*/*").get("/")

    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.text == "There is no such thing."


@pytest.mark.parametrize(("error", "seconds"), [(TooManyTriesError(42), "42"), (WriterBusyError("busy"), "2")])
def test_whoever_has_to_wait_is_told_for_how_long(error, seconds):
    response = browser_that_meets(error).get("/")

    assert response.headers["Retry-After"] == seconds


def test_the_log_of_a_failure_does_not_tell_what_lets_somebody_in():
    async def fail(_request: Request) -> None:
        raise TocsinError("x7")

    app = Starlette(routes=[Route("/invitation/{token}/", fail)], exception_handlers=error_handlers())

    with capture_logs() as logged:
        TestClient(app, raise_server_exceptions=False).get("/invitation/a-secret-token/")

    assert [entry["path"] for entry in logged] == ["/invitation/{token}/"]
