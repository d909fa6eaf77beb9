"""A terminal: runs command lines in this process, as the `tocsin` script would, and keeps what they say."""

import io
import json
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from tocsin.cli.app import run


@dataclass(frozen=True)
class Said:
    """What one command line left: exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


class Terminal:
    """Types command lines; the environment is that of the test."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def setting(self, name: str, value: object) -> None:
        self._monkeypatch.setenv(f"TOCSIN_{name}", str(value))

    def type(self, *tokens: object, stdin: str = "") -> Said:
        """Run `tocsin TOKENS...`, whatever comes of it."""
        self._capsys.readouterr()
        # Stdin belongs to the process: there is no other way to type into it.
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = run([str(token) for token in tokens])
        said = self._capsys.readouterr()
        return Said(code, said.out, said.err)

    def do(self, *tokens: object, stdin: str = "") -> Any:
        """Run `tocsin TOKENS... --json`, which must succeed, and give its document."""
        said = self.type(*tokens, "--json", stdin=stdin)
        assert (said.code, said.err) == (0, "")
        return said.document
