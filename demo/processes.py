"""Owns the programs of the demonstration: each starts with a log of its own, and none outlives us."""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 15
PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that the kernel sends to a process when its parent dies."""

_libc = ctypes.CDLL(None, use_errno=True)


class DemoError(Exception):
    """The demonstration cannot go on; the sentence says why and what to look at."""


class Program:
    """A running program, its address and its log."""

    def __init__(self, name: str, command: list[str], *, url: str, log: Path, environment: dict[str, str]) -> None:
        self.name, self.url, self.log = name, url, log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches the whole group of the terminal; the order in which to stop is ours.
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 -- there are no threads here
            )

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def wait_until_it_answers(self, path: str, *, seconds: float = 60) -> None:
        """Wait for the first answer to a GET of `path`.

        Raises:
            DemoError: the program ended, or did not answer in time.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.is_running:
                raise DemoError(f"{self.name} ended at once. The end of {self.log}:\n{self.end_of_log()}")
            if answers(self.url + path):
                return
            time.sleep(0.05)
        raise DemoError(f"{self.name} did not answer in {seconds:.0f} s. The end of {self.log}:\n{self.end_of_log()}")

    def stop(self) -> None:
        """End it, with force when it does not end by itself."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def end_of_log(self) -> str:
        """The last lines it printed."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])


@contextmanager
def running(program: Program, *, path: str) -> Iterator[Program]:
    """Keep `program`, which answers at `path` when it is ready, for as long as the block lasts."""
    try:
        program.wait_until_it_answers(path)
        yield program
    finally:
        program.stop()


def run(command: list[str], *, environment: dict[str, str], text: str = "") -> str:
    """Run a command to its end, with `text` as its input, and give what it printed.

    Raises:
        DemoError: it failed.
    """
    done = subprocess.run(
        command, cwd=ROOT, env=environment, input=text, capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode != 0:
        shown = " ".join(Path(part).name if part == command[0] else part for part in command)
        raise DemoError(f"`{shown}` failed ({done.returncode}):\n{done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def answers(url: str) -> bool:
    """Say whether something answers there, whatever it says."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except (urllib.error.URLError, OSError, http.client.HTTPException):
        return False


def free_ports(wanted: tuple[int, ...]) -> list[int]:
    """Give a free port of loopback for each that is wanted: that one, or the next that is free."""
    ports: list[int] = []
    for first in wanted:
        candidates = [0] * 100 if first == 0 else range(first, first + 100)
        free = (port for port in map(_bind, candidates) if port is not None and port not in ports)
        port = next(free, None)
        if port is None:
            raise DemoError(f"no free port between {first} and {first + 99}")
        ports.append(port)
    return ports


def plain_environment(**settings: str) -> dict[str, str]:
    """Give our environment without anybody's Tocsin settings or proxy, and with `settings`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("TOCSIN_", "SENTRY_"))}
    return inherited | {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"} | settings


def _bind(port: int) -> int | None:
    with socket.socket() as probe:
        # As servers do: a port whose last connections linger is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return None
        return probe.getsockname()[1]


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
