"""Owns events that carry given texts in every place that a page shows."""

from collections.abc import Sequence
from typing import Any

from tests.web import events


def everywhere(texts: Sequence[str]) -> dict[str, Any]:
    """An event with all of `texts` in each list of it, and the first one in each field that holds one text."""
    text = texts[0]
    by_name = {each[:60]: each for each in texts}
    return {
        "platform": text,
        "transaction": text,
        "release": text,
        "dist": text,
        "environment": text,
        "server_name": text,
        "logger": text,
        "logentry": {"message": text, "formatted": f"{text} said", "params": list(texts)},
        "exception": {"values": [_exception(each, number, len(texts)) for number, each in enumerate(texts)]},
        "threads": {"values": [{"id": text, "name": each, "stacktrace": _stack(each)} for each in texts]},
        "breadcrumbs": [
            {"type": each, "message": each, "category": each, "level": each, "timestamp": each, "data": {each: each}}
            for each in texts
        ],
        "request": {
            "method": text,
            "url": f"https://shop.example/{text}",
            "query_string": [[each, each] for each in texts],
            "headers": by_name,
            "cookies": by_name,
            "data": list(texts),
            "env": by_name,
        },
        "user": {"username": text, "email": text, **by_name},
        "contexts": {each[:60]: {each: each, "name": each, "version": each} for each in texts},
        "extra": by_name,
        "tags": {each[:32]: each for each in texts},
        "modules": by_name,
        "sdk": {"name": text, "version": text},
    }


def _exception(text: str, number: int, count: int) -> dict[str, Any]:
    """One of a chain that hangs together, whose last one is the group that was caught."""
    mechanism = {"type": text, "handled": True, "exception_id": count - number, "parent_id": count - number - 1}
    return {"type": text, "value": text, "module": text, "mechanism": mechanism, "stacktrace": _stack(text)}


def _stack(text: str) -> dict[str, Any]:
    frame = events.frame(text, text, 1, line=text, before=[text], after=[text], variables={text: {text: text}})
    return {"frames": [{**frame, "abs_path": text, "package": text, "module": text}, {**frame, "in_app": False}]}
