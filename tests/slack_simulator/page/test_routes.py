"""The page over HTTP: its headers, its files, and who may ask it to do something."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message

import pytest

from slack_simulator.running import Simulator, running_simulator


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with running_simulator() as running:
        yield running


@pytest.mark.parametrize("path", ["/", "/_page/static/main.js", "/_page/static/frame.css", "/_page/state"])
def test_every_answer_forbids_foreign_scripts_and_frames(sim: Simulator, path: str) -> None:
    _, headers, _ = ask(sim.root + path)

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_has_neither_inline_scripts_nor_styles(sim: Simulator) -> None:
    _, _, body = ask(sim.root + "/")

    assert "<style" not in body
    assert "style=" not in body
    assert body.count("<script") == body.count('<script type="module" src="/_page/static/main.js"></script>') == 1


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fstate.py", "..%2f..%2fmethods.json", "index"])
def test_only_the_pages_own_files_are_served(sim: Simulator, name: str) -> None:
    status, _, _ = ask(f"{sim.root}/_page/static/{name}")

    assert status == 404


def test_a_deed_is_done_for_json_only_which_other_sites_cannot_send(sim: Simulator) -> None:
    body = json.dumps({"user": "U0ADA", "channel": "C0OPS", "text": "Hello"}).encode()

    refused, _, _ = ask(f"{sim.root}/_page/do/say", body=body, content_type="text/plain")
    done, _, _ = ask(f"{sim.root}/_page/do/say", body=body)

    assert (refused, done) == (415, 200)
    assert [each.text for each in sim.messages("ops")] == ["Hello"]


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [("nonsense", b"{}", 409), ("read", b"{}", 409), ("read", b"[]", 400), ("read", b"{", 400)],
)
def test_a_deed_that_cannot_be_done_says_why(sim: Simulator, name: str, body: bytes, status: int) -> None:
    answered, _, text = ask(f"{sim.root}/_page/do/{name}", body=body)

    assert answered == status
    assert json.loads(text)["error"]


def test_change_is_told_as_it_happens(sim: Simulator) -> None:
    with urllib.request.urlopen(f"{sim.root}/_page/changes", timeout=5) as stream:
        before = stream.readline()
        stream.readline()
        sim.say("general", "Hello", user="U0ADA")

        after = stream.readline()

    assert before.startswith(b"data: ")
    assert int(after.removeprefix(b"data: ")) > int(before.removeprefix(b"data: "))


def ask(url: str, *, body: bytes | None = None, content_type: str = "application/json") -> tuple[int, Message, str]:
    request = urllib.request.Request(url, data=body, headers={"Content-Type": content_type} if body else {})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read().decode()
