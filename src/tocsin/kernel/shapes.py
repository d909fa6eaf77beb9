"""Shapes that msgspec reads JSON into, made ready while a module is imported."""

from typing import Any

import msgspec


def make_ready(*shapes: Any) -> None:  # noqa: ANN401 -- a type or a union of types, which have no common type
    """Let msgspec look at the annotations of these structs now, in the one thread that imports.

    It does so at a struct's first use and keeps what it found; two threads that are the first at the same moment have
    crashed the process (a segmentation fault in `msgspec.json.decode`, under load just after a start).
    """
    for shape in shapes:
        msgspec.json.Decoder(shape)
