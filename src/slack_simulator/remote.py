"""The handle of a simulator in another process, over its control API."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from slack_simulator.client import SimulatorClient
from slack_simulator.errors import NotPossibleError


class RemoteSimulator(SimulatorClient):
    """`root` is where the simulator listens, e.g. `http://127.0.0.1:8070`."""

    def __init__(self, root: str) -> None:
        self.root = root.rstrip("/")

    def call(self, control: str, /, **arguments: Any) -> Any:  # noqa: ANN401 - JSON in and out
        """POST to `/_control/<name>`; raises NotPossibleError, or URLError when nobody listens."""
        headers = {"Content-Type": "application/json"}
        request = Request(f"{self.root}/_control/{control}", json.dumps(arguments).encode(), headers)  # noqa: S310 - http only
        try:
            with urlopen(request) as response:  # noqa: S310 - the address that the caller gave
                return json.loads(response.read())["result"]
        except HTTPError as refused:
            with refused:
                body = refused.read()
            if refused.code in {400, 409}:
                raise NotPossibleError(json.loads(body)["error"]) from None
            raise
