"""The simulator's controls as Python methods, the same for one in this process and for one elsewhere.

The methods block; call them from a thread that does not run the app under test.
"""

from __future__ import annotations

from slack_simulator.client.acting import Acting
from slack_simulator.client.changing import Changing
from slack_simulator.client.looking import Looking


class SimulatorClient(Looking, Acting, Changing):
    """`root` is the address of the simulator, `url` that of its Web API: give it to slack_sdk as `base_url`."""

    root: str

    @property
    def url(self) -> str:
        return f"{self.root}/api/"
