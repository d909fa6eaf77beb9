"""Owns a real `tocsin serve` of its own process, on a listening socket that outlives it, with what it costs."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

from demo.processes import plain_environment
from tocsin.settings import Settings

TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 180
STOP_SECONDS = 60
LOG_LINES = 200
ANSWER_SECONDS = 5
"""How long to wait for one answer: a server that dies before it accepts leaves the question in the backlog for ever."""


class TocsinServer:
    """Serves from `folder`; whoever connects while it is down waits in the socket's backlog."""

    def __init__(self, folder: Path, *, name: str = "tocsin", **settings: str) -> None:
        """`name` is that of its log, for several servers of one folder; `settings` win over what is made up here."""
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self._log = folder / f"{name}.log"
        self._running: subprocess.Popen[bytes] | None = None
        own = {"data_dir": str(folder), "base_url": self.address}
        self._environment = {f"TOCSIN_{name.upper()}": value for name, value in (own | settings).items()}
        self.folder = folder

    @property
    def address(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    @property
    def settings(self) -> Settings:
        """What the server is told, for those who open its database beside it."""
        given = {name.removeprefix("TOCSIN_").lower(): value for name, value in self._environment.items()}
        return Settings.model_validate(given)

    @property
    def pid(self) -> int:
        """The process that serves now."""
        assert self._running is not None
        return self._running.pid

    def begin(self, **environment: str) -> None:
        """Start it, without waiting until it answers; `environment` is for this one life."""
        descriptor = self._listening.fileno()
        with self._log.open("ab") as output:
            self._running = subprocess.Popen(
                [str(Path(sys.executable).with_name("tocsin")), "serve", "--fd", str(descriptor)],
                env=plain_environment(**self._environment, PYTHONFAULTHANDLER="1", **environment),
                pass_fds=(descriptor,),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_until_it_answers(self) -> None:
        """Wait for the first healthy answer; raises AssertionError when it ends instead, or is too slow."""
        deadline = time.monotonic() + START_SECONDS
        while self.is_running and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.address}/health/", timeout=ANSWER_SECONDS):
                    return
            except (urllib.error.URLError, OSError, HTTPException):
                time.sleep(0.02)
        if self.is_running:
            self._end(signal.SIGABRT)  # Python then prints where each of its threads stands
        raise AssertionError(f"tocsin serve does not answer; it said:\n{self.end_of_log()}")

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._running is not None and self._running.poll() is None

    def wait_until_it_dies(self, seconds: float) -> int:
        """Wait until it ends by itself, and give its exit status (negative: the signal).

        Raises:
            subprocess.TimeoutExpired: it lives on.
        """
        assert self._running is not None
        status = self._running.wait(seconds)
        self._running = None
        return status

    def pause(self) -> None:
        """Stop it in the middle of whatever it does, as a suspended machine is; `resume` lets it go on."""
        assert self._running is not None
        self._running.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on where it was paused."""
        assert self._running is not None
        self._running.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it by SIGKILL, as if the machine had lost it."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as an operator would."""
        self._end(signal.SIGTERM)

    def close(self) -> None:
        """End it if it runs, and stop listening."""
        self.stop()
        self._listening.close()

    def cpu_seconds(self) -> float:
        """What all its threads have used so far, in the kernel too."""
        # The command's name, in brackets, may hold spaces: proc_pid_stat(5).
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_megabytes(self) -> float:
        """Its resident memory now, in millions of bytes."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def peak_megabytes(self) -> float:
        """The most resident memory that it ever had, in millions of bytes."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines()
        [kilobytes] = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
        return int(kilobytes) * 1024 / 1e6

    def end_of_log(self) -> str:
        """The last lines that it printed."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-LOG_LINES:])

    def _end(self, how: signal.Signals) -> None:
        if self._running is None:
            return
        self._running.send_signal(how)
        self._running.send_signal(signal.SIGCONT)
        self._running.wait(STOP_SECONDS)
        self._running = None


@contextmanager
def running_server(server: TocsinServer) -> Iterator[TocsinServer]:
    """Serve for as long as the block lasts."""
    try:
        server.begin()
        server.wait_until_it_answers()
        yield server
    finally:
        server.close()
