"""What real SDKs sent, as `fixtures/capture.py` kept it."""

from functools import cache
from pathlib import Path

from tocsin.events.envelope import Envelope, parse_envelope
from tocsin.ingest.decompress import decompress

FIXTURES = Path(__file__).parent / "fixtures"
ENCODINGS = {".envelope": None, ".br": "br", ".gz": "gzip"}
NAMES = sorted(path.name.partition(".")[0] for path in FIXTURES.glob("*.envelope*"))
"""Every captured envelope: SDK, what happened, and the number of the order to which it happened."""


@cache
def envelope(name: str) -> Envelope:
    (path,) = FIXTURES.glob(f"{name}.envelope*")
    return parse_envelope(decompress(path.read_bytes(), ENCODINGS[path.suffix], limit=10_000_000))


def payload(name: str) -> bytes:
    """The JSON of the one event in it."""
    (event,) = [item.payload for item in envelope(name).items if item.header.type == "event"]
    return event
