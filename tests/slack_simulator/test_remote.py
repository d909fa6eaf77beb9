"""A simulator in another process: its command, its control API and the client of it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from slack_sdk import WebClient

from slack_simulator.client import SimulatorClient
from slack_simulator.config import example_config, read_config
from slack_simulator.controls import CONTROLS
from slack_simulator.errors import NotPossibleError
from slack_simulator.remote import RemoteSimulator
from tests.slack_simulator.conftest import TOKEN, new_client

COMMAND = [sys.executable, "-m", "slack_simulator"]
TOML = """
limits = false

[[workspaces]]
id = "T1"
name = "One"
domain = "one"

[[workspaces.users]]
id = "U1"
name = "una"

[[workspaces.channels]]
id = "C1"
name = "alerts"
members = ["U1", "UBOT"]

[[apps]]
id = "A1"
name = "App"
signing_secret = "secret"

[[apps.installations]]
workspace = "T1"
bot_token = "xoxb-one"
bot_user_id = "UBOT"
bot_id = "B1"
"""


@pytest.fixture
def remote(sim) -> RemoteSimulator:
    """The client of another process, here of a simulator that this one runs."""
    return RemoteSimulator(sim.root)


@pytest.fixture
def served(tmp_path) -> Iterator[RemoteSimulator]:
    """`slack-simulator serve` with a TOML file, in a process of its own."""
    config = tmp_path / "one.toml"
    config.write_text(TOML)
    with subprocess.Popen(
        [*COMMAND, "serve", "--config", str(config), "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield RemoteSimulator(line.split()[3])
        finally:
            process.terminate()
            assert process.wait(10) == 0


def test_the_command_serves_what_a_file_describes(served):
    posted = WebClient(TOKEN.replace("example-bot", "one"), base_url=served.url).chat_postMessage(
        channel="#alerts", text="hi"
    )

    assert [(message.ts, message.text) for message in served.messages("alerts")] == [(posted["ts"], "hi")]


def test_a_wrong_file_is_named_in_one_line(tmp_path):
    config = tmp_path / "wrong.json"
    config.write_text('{"workspaces": [], "apps": [], "colour": "red"}')

    ended = subprocess.run([*COMMAND, "serve", "--config", str(config)], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "colour" in ended.stderr


def test_a_taken_port_is_an_error(sim):
    port = sim.root.rpartition(":")[2]

    ended = subprocess.run([*COMMAND, "serve", "--port", port], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)


def test_the_printed_example_is_the_example(tmp_path):
    printed = tmp_path / "example.json"
    printed.write_bytes(subprocess.run([*COMMAND, "example"], capture_output=True, check=True).stdout)

    assert read_config(printed) == example_config()


def test_faults_are_scripted_from_another_process(client, remote):
    remote.fail("chat.postMessage", "error", error="service_unavailable")

    with pytest.raises(Exception, match="service_unavailable"):
        client.chat_postMessage(channel="C0OPS", text="hi")

    assert [fault.happened for fault in remote.faults()] == [1]


def test_what_is_not_possible_is_told_with_its_reason(remote):
    with pytest.raises(NotPossibleError, match="there is no channel nowhere"):
        remote.messages("nowhere")


def test_an_unknown_control_is_told_with_those_there_are(remote):
    with pytest.raises(NotPossibleError, match="there is no control explode"):
        remote.call("explode")


def test_wrong_arguments_are_told(remote):
    with pytest.raises(NotPossibleError, match="missing a required argument"):
        remote.call("messages")


def test_the_ledger_is_the_same_from_outside(sim, client, remote):
    client.chat_postMessage(channel="C0OPS", text="hi")

    assert remote.ledger == sim.ledger


def test_waiting_ends_when_it_has_become_true(sim, client, remote):
    client.chat_scheduleMessage(channel="C0OPS", post_at=int(sim.now()) + 60, text="later")
    remote.clock(advance=61)

    assert remote.wait_for(lambda: remote.messages("ops"))[0].text == "later"


def test_waiting_ends_when_it_does_not_become_true(remote):
    with pytest.raises(TimeoutError, match=r"within 0\.05 s"):
        remote.wait_for(lambda: remote.messages("ops"), timeout=0.05)


def test_every_control_is_a_method_of_the_client():
    methods = set(dir(SimulatorClient))

    assert {name for name in CONTROLS if name not in methods} == {"version", "wait"}


def test_a_second_workspace_has_its_own_token_and_sees_nothing_of_the_first(simulate):
    app = example_config().apps[0]
    partner = msgspec.structs.replace(
        app.installations[0], workspace="T0PARTNER", bot_token="xoxb-partner", bot_user_id="U0BOT2", bot_id="B0BOT2"
    )
    sim = simulate(apps=(msgspec.structs.replace(app, installations=(*app.installations, partner)),))
    client = new_client(sim, token="xoxb-partner")

    channels: Any = client.conversations_list()["channels"]

    assert client.auth_test()["team_id"] == "T0PARTNER"
    assert [channel["name"] for channel in channels] == ["shared"]


def test_no_log_holds_a_token_or_a_secret(sim, client):
    client.chat_postMessage(channel="C0OPS", text="hi")
    client.apps_uninstall(client_id="1111.2222", client_secret="example-client-secret")

    written = json.dumps(sim.call("wire_log"))

    assert "example-client-secret" not in written
    assert TOKEN not in written
