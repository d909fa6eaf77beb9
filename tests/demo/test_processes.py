"""The programs of the demonstration: ports, logs and ends."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from demo.processes import ROOT, DemoError, Program, free_ports, plain_environment, running
from demo.stage import clear, only_one_in

SERVER = """
import http.server, sys
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
PARENT = f"""
import sys, time
from pathlib import Path
from demo.processes import Program, plain_environment
log, port = Path(sys.argv[1]), sys.argv[2]
program = Program("child", [sys.executable, "-c", {SERVER!r}, port], url=f"http://127.0.0.1:{{port}}", log=log,
                  environment=plain_environment())
program.wait_until_it_answers("/")
print("ready", flush=True)
time.sleep(600)
"""


def test_a_port_that_is_taken_gives_way_to_the_next_free_one():
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]

        first, second = free_ports((taken, taken))

    assert taken < first < second


def test_any_port_means_a_different_one_for_each():
    ports = free_ports((0, 0, 0))

    assert len(set(ports)) == 3


def test_a_program_that_ends_at_once_is_reported_with_what_it_said(tmp_path):
    command = [sys.executable, "-c", "import sys; sys.exit('no such table')"]
    program = Program("a server", command, url="http://127.0.0.1:9", log=tmp_path / "log", environment={})

    with pytest.raises(DemoError, match=r"(?s)a server ended at once.*no such table"), running(program, path="/"):
        pass


def test_a_running_program_is_stopped_at_the_end(tmp_path):
    [port] = free_ports((0,))
    command = [sys.executable, "-c", SERVER, str(port)]
    program = Program("a server", command, url=f"http://127.0.0.1:{port}", log=tmp_path / "log", environment={})

    with running(program, path="/"):
        pass

    assert not program.is_running


@pytest.mark.crash
def test_a_program_dies_with_a_demonstration_that_was_killed(tmp_path):
    [port] = free_ports((0,))
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log"), str(port)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n"
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)

    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()

    with connection:
        assert is_hung_up(connection)


def is_hung_up(connection: socket.socket) -> bool:
    """Whether the other end is gone; a connection that it had not taken yet is reset instead of closed."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_settings_of_the_person_who_starts_it_do_not_leak_in(monkeypatch):
    monkeypatch.setenv("TOCSIN_BASE_URL", "https://tocsin.example")

    environment = plain_environment(TOCSIN_DATA_DIR="here")

    assert {name for name in environment if name.startswith("TOCSIN_")} == {"TOCSIN_DATA_DIR"}


def test_a_second_demonstration_in_the_same_folder_is_refused(tmp_path):
    with only_one_in(tmp_path), pytest.raises(DemoError, match="runs already"), only_one_in(tmp_path):
        pass


def test_what_a_start_left_half_done_is_forgotten_but_for_the_lock(tmp_path):
    (tmp_path / "lock").touch()
    (tmp_path / "slack.json").touch()
    (tmp_path / "tocsin").mkdir()
    (tmp_path / "tocsin" / "tocsin.db").touch()

    clear(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
