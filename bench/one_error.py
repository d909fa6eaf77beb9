"""Owns the report of one small error, for benches in which the number of errors is not what counts."""

import json
import urllib.request
from uuid import uuid4

from bench.company import FoundedProject


def report_error(address: str, project: FoundedProject, name: str) -> None:
    """Report one error of the type `name` as an SDK would."""
    event = {"event_id": uuid4().hex, "exception": {"values": [{"type": name, "value": "in checkout"}]}}
    body = f'{{"event_id":"{event["event_id"]}"}}\n{{"type":"event"}}\n{json.dumps(event)}\n'.encode()
    auth = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={project.key}"}
    request = urllib.request.Request(f"{address}/api/{project.id}/envelope/", body, auth, method="POST")
    urllib.request.urlopen(request, timeout=20).close()
