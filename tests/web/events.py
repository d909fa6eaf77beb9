"""Owns the events that page tests report: like those of real SDKs, with source, breadcrumbs and contexts."""

from typing import Any


def division(**changed: Any) -> dict[str, Any]:
    """A crash in a shop's basket, with two frames of its own between those of its framework."""
    return {
        "platform": "python",
        "level": "error",
        "environment": "production",
        "release": "shop@2.4.1",
        "transaction": "/basket/split",
        "server_name": "web-3",
        "exception": {
            "values": [
                {
                    "type": "ZeroDivisionError",
                    "value": "division by zero",
                    "mechanism": {"type": "flask", "handled": False},
                    "stacktrace": {
                        "frames": [
                            frame("flask/app.py", "wsgi_app", 1511, in_app=False, line="response = self.handle()"),
                            frame("flask/app.py", "dispatch_request", 917, in_app=False, line="return view(**args)"),
                            frame(
                                "shop/views.py",
                                "split_basket",
                                88,
                                before=[
                                    '@app.post("/basket/split")',
                                    "def split_basket():",
                                    "    basket = load(g.user)",
                                ],
                                line='    return jsonify(price_each(basket, int(request.form["people"])))',
                                after=["", "", "def load(user):"],
                                variables={"basket": {"items": 3, "total": "41.70"}, "people": 0},
                            ),
                            frame(
                                "shop/pricing.py",
                                "price_each",
                                31,
                                before=[
                                    "def price_each(basket, people):",
                                    '    """What each of them pays, in whole cents."""',
                                    "    cents = int(basket.total * 100)",
                                ],
                                line="    return cents // people",
                                after=["", "", "def round_up(cents, to=5):"],
                                variables={"cents": 4170, "people": 0, "note": "<b>3 teas</b>"},
                            ),
                        ]
                    },
                }
            ]
        },
        "breadcrumbs": {
            "values": [
                {"timestamp": 1773489590.1, "category": "auth", "message": "user 4211 signed in", "level": "info"},
                {
                    "timestamp": 1773489594.0,
                    "category": "query",
                    "message": "SELECT * FROM basket WHERE user_id = %s",
                    "data": {"duration_ms": 3.2},
                },
                {
                    "timestamp": 1773489596.5,
                    "category": "http",
                    "message": "POST /basket/split",
                    "level": "warning",
                    "data": {"status_code": 500},
                },
            ]
        },
        "request": {
            "method": "POST",
            "url": "https://shop.example.com/basket/split",
            "headers": {"User-Agent": "Mozilla/5.0", "Accept": "application/json"},
            "data": {"people": "0"},
        },
        "user": {"id": "4211", "username": "tea-lover"},
        "tags": {"region": "eu-west", "plan": "free"},
        "contexts": {
            "runtime": {"name": "CPython", "version": "3.11.9"},
            "os": {"name": "Linux", "version": "6.8"},
        },
        "sdk": {"name": "sentry.python.flask", "version": "2.75.0"},
        **changed,
    }


def frame(
    filename: str,
    function: str,
    number: int,
    *,
    line: str,
    before: list[str] | None = None,
    after: list[str] | None = None,
    in_app: bool = True,
    variables: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "filename": filename,
        "function": function,
        "module": filename.removesuffix(".py").replace("/", "."),
        "lineno": number,
        "context_line": line,
        "pre_context": before or [],
        "post_context": after or [],
        "in_app": in_app,
        "vars": variables,
    }


def crash(
    kind: str, value: str, *, place: str = "shop/orders.py", function: str = "place", **changed: Any
) -> dict[str, Any]:
    """A plain exception from one frame of the application."""
    frames = [frame(place, function, 12, line="raise")]
    return {
        "platform": "python",
        "exception": {"values": [{"type": kind, "value": value, "stacktrace": {"frames": frames}}]},
        **changed,
    }


def message(text: str, **changed: Any) -> dict[str, Any]:
    return {"platform": "python", "logentry": {"formatted": text}, "level": "info", **changed}
