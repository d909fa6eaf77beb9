"""Owns the demonstration's three programs together: in which order they start, and what is set up the first time."""

import fcntl
import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from demo.company import ADA, ALERTS, BOT_TOKEN, GRACE, SIGNING_SECRET, simulated_slack
from demo.processes import DemoError, Program, free_ports, plain_environment, run, running

PASSWORD = "a cup of tea at four"
ORGANIZATION, PROJECT = "steep", "shop"
SET_UP = "set-up"
"""An empty file that says the first start went through to its end."""


class Made(msgspec.Struct, frozen=True):
    """What `tocsin init` answers, as far as we need it."""

    dsn: str


@dataclass(frozen=True, slots=True)
class Stage:
    """What runs, and how to call Tocsin's command line beside it."""

    tocsin: Program
    slack: Program
    shop: Program
    environment: dict[str, str]

    @property
    def programs(self) -> tuple[Program, ...]:
        """All three."""
        return self.tocsin, self.slack, self.shop


@contextmanager
def open_stage(folder: Path, *, ports: tuple[int, int, int], with_customers: bool) -> Iterator[Stage]:
    """Start everything with its state in `folder`, and stop it when the block ends.

    `ports` are those of Tocsin, Slack and the shop; where one is taken the next free one is used, and 0 means any.

    Raises:
        DemoError: something did not start, or another demonstration runs in `folder`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(only_one_in(folder))
        if not (folder / SET_UP).exists():
            clear(folder)
        tocsin_port, slack_port, shop_port = free_ports(ports)
        tocsin_url = f"http://127.0.0.1:{tocsin_port}"

        slack = stack.enter_context(start_slack(folder, slack_port, tocsin_url))
        environment = plain_environment(
            TOCSIN_DATA_DIR=str(folder / "tocsin"),
            TOCSIN_BASE_URL=tocsin_url,
            TOCSIN_SLACK_API_URL=f"{slack.url}/api/",
        )
        dsn = set_up(folder, environment)
        tocsin = stack.enter_context(start_tocsin(folder, tocsin_port, environment))
        shop = stack.enter_context(start_shop(folder, shop_port, dsn, with_customers=with_customers))
        yield Stage(tocsin, slack, shop, environment)


@contextmanager
def only_one_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(f"a demonstration runs already, with its state in {folder}") from None
        yield


def clear(folder: Path) -> None:
    """Forget all that earlier runs left, but the lock that is held."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


def start_slack(folder: Path, port: int, tocsin_url: str) -> AbstractContextManager[Program]:
    """Start the simulated workspace, whose messages stay in `folder`."""
    config = folder / "slack.json"
    config.write_bytes(msgspec.json.encode(simulated_slack(tocsin_url)))
    command = [_script("slack-simulator"), "serve", "--config", str(config), "--port", str(port)]
    command += ["--state", str(folder / "slack-state.json")]
    return _start("the Slack simulator", command, port, folder / "slack.log", plain_environment(), path="/")


def start_tocsin(folder: Path, port: int, environment: dict[str, str]) -> AbstractContextManager[Program]:
    """Start Tocsin."""
    command = [_script("tocsin"), "serve", "--host", "127.0.0.1", "--port", str(port)]
    return _start("Tocsin", command, port, folder / "tocsin.log", environment, path="/health/")


def start_shop(folder: Path, port: int, dsn: str, *, with_customers: bool) -> AbstractContextManager[Program]:
    """Open the shop, which knows of Tocsin what any program knows: a DSN."""
    command = [sys.executable, "-m", "demo.shop.app", "--port", str(port)]
    if with_customers:
        command.append("--customers")
    return _start("the shop", command, port, folder / "shop.log", plain_environment(SENTRY_DSN=dsn), path="/")


def set_up(folder: Path, environment: dict[str, str]) -> str:
    """Do once what an owner does on the first day, by Tocsin's command line; give the shop's DSN.

    Ada can press buttons at once. Grace has an account that is not linked to Slack yet, Linus has none: their presses
    show what Tocsin answers then.
    """
    init = f"init --organization {ORGANIZATION} --project {PROJECT} --email {ADA.email} --password-stdin"
    made = msgspec.json.decode(tocsin(environment, init, text=PASSWORD), type=Made)
    if (folder / SET_UP).exists():
        return made.dsn

    tocsin(environment, f"members add --email {GRACE.email} --role member --password-stdin", text=PASSWORD)
    tocsin(environment, f"slack connect --bot-token {BOT_TOKEN} --signing-secret {SIGNING_SECRET}")
    tocsin(environment, f"identities link --email {ADA.email} --slack-user {ADA.id}")
    tocsin(environment, f"rules add --project {PROJECT} --channel {ALERTS} --when first_seen --when regressed")
    (folder / SET_UP).touch()
    return made.dsn


def tocsin(environment: dict[str, str], command: str, *, text: str = "") -> str:
    """Call one of Tocsin's commands, with `text` as its input, and give the JSON document that it printed.

    Raises:
        DemoError: it was refused.
    """
    return run([_script("tocsin"), *command.split(), "--json"], environment=environment, text=text)


def _script(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def _start(
    name: str, command: list[str], port: int, log: Path, environment: dict[str, str], *, path: str
) -> AbstractContextManager[Program]:
    return running(Program(name, command, url=f"http://127.0.0.1:{port}", log=log, environment=environment), path=path)
