"""The page that asks whether an app may be installed: `/oauth/v2/authorize`."""

from __future__ import annotations

from urllib.parse import parse_qs

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from slack_simulator.engine import Engine
from slack_simulator.errors import NotPossibleError, SlackError
from slack_simulator.oauth import Question, allow, deny, read_question

_PAGES = Environment(loader=PackageLoader("slack_simulator", "."), autoescape=select_autoescape())
# The form's answer redirects to the app, so form-action cannot be 'self'.
_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}


def oauth_route(engine: Engine) -> Route:
    """Asks on GET, goes on to the app on POST; what Slack refuses is said on a page with status 400."""

    async def authorize(request: Request) -> Response:
        try:
            question = read_question(engine, str(request.url))
            if request.method == "GET":
                return _page(engine, question)
            return RedirectResponse(_decide(engine, question, await request.body()), 302)
        except SlackError as refused:
            return _page(engine, None, refused.code)
        except NotPossibleError as refused:
            return _page(engine, None, str(refused))

    return Route("/oauth/v2/authorize", authorize, methods=["GET", "POST"])


def _decide(engine: Engine, question: Question, body: bytes) -> str:
    form = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
    if form.get("answer") != "allow":
        return deny(question)
    person = engine.state.get_user(form.get("user", ""))
    return allow(engine, question, user=person.id, team=person.team)


def _page(engine: Engine, question: Question | None, error: str = "") -> Response:
    people = [user for user in engine.state.users.values() if not (user.is_bot or user.deleted or user.is_guest)]
    text = _PAGES.get_template("oauth.html").render(
        question=question, error=error, people=people, workspaces=engine.state.workspaces
    )
    return HTMLResponse(text, 400 if error else 200, _HEADERS)
