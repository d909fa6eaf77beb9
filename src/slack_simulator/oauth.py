"""Installing an app by OAuth: the question and the exchange.

https://docs.slack.dev/authentication/installing-with-oauth
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from slack_simulator.arguments import Arguments
from slack_simulator.config import ALL_BOT_SCOPES
from slack_simulator.engine import Engine, OAuthCode
from slack_simulator.errors import NotPossibleError, SlackError
from slack_simulator.lifecycle import install
from slack_simulator.workspace import App

# Slack publishes no figure that can be cited; ten minutes is what its clients are told.
CODE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked: may `app` have `scopes`? The browser goes on to `redirect_uri`."""

    app: App
    scopes: frozenset[str]
    redirect_uri: str
    state: str


def read_question(engine: Engine, url: str) -> Question:
    """The question that an authorize address asks.

    Raises:
        SlackError: `invalid_client_id`, `bad_redirect_uri`, `no_scopes` or `invalid_scope`, shown as a page.
    """
    query = dict(parse_qsl(urlsplit(url).query))
    app = _find_app(engine, query.get("client_id"))
    redirect_uri = query.get("redirect_uri") or next(iter(app.config.redirect_urls), "")
    allowed = app.config.redirect_urls
    if not redirect_uri or (allowed and not redirect_uri.startswith(allowed)):
        raise SlackError("bad_redirect_uri")
    scopes = frozenset(query.get("scope", "").replace(" ", ",").split(",")) - {""}
    if not scopes:
        raise SlackError("no_scopes")
    if not scopes <= set(ALL_BOT_SCOPES):
        raise SlackError("invalid_scope")
    return Question(app, scopes, redirect_uri, query.get("state", ""))


def allow(engine: Engine, question: Question, *, user: str, team: str) -> str:
    """The person says yes; returns where the browser goes, with the code. Guests may not (NotPossibleError)."""
    person = engine.state.get_user(user)
    if person.is_guest or person.deleted or person.is_bot:
        raise NotPossibleError(f"{person.id} may not install apps")
    code = engine.state.new_secret()
    expires_at = engine.clock.now() + CODE_SECONDS
    engine.oauth_codes[code] = OAuthCode(
        question.app.id, team, person.id, question.scopes, question.redirect_uri, expires_at
    )
    return _onward(question, {"code": code})


def deny(question: Question) -> str:
    """The person says no; returns where the browser goes."""
    return _onward(question, {"error": "access_denied"})


def exchange(engine: Engine, arguments: Arguments) -> dict[str, Any]:
    """oauth.v2.access: a code for a token, once; Basic authentication or client_id and client_secret.

    https://docs.slack.dev/reference/methods/oauth.v2.access
    """
    app = _find_app(engine, arguments.text("client_id"))
    if arguments.text("client_secret") != app.config.client_secret:
        raise SlackError("bad_client_secret")
    if arguments.text("grant_type") not in {None, "authorization_code"}:
        raise SlackError("invalid_grant_type")
    code = engine.oauth_codes.get(arguments.text("code") or "")
    if code is None or code.used or code.app != app.id or engine.clock.now() > code.expires_at:
        raise SlackError("invalid_code")
    if (arguments.text("redirect_uri") or code.redirect_uri) != code.redirect_uri:
        raise SlackError("bad_redirect_uri")
    code.used = True
    return _token_answer(engine, app, code)


def _token_answer(engine: Engine, app: App, code: OAuthCode) -> dict[str, Any]:
    installation = install(engine, app, code.team, code.scopes)
    workspace = engine.state.workspaces[code.team]
    enterprise = None if workspace.enterprise_id is None else {"id": workspace.enterprise_id, "name": workspace.name}
    return {
        "access_token": installation.token,
        "token_type": "bot",
        "scope": ",".join(sorted(installation.scopes)),
        "bot_user_id": installation.bot_user,
        "app_id": app.id,
        "team": {"id": workspace.id, "name": workspace.name},
        "enterprise": enterprise,
        "is_enterprise_install": False,
        "authed_user": {"id": code.user},
    }


def _find_app(engine: Engine, client_id: str | None) -> App:
    for app in engine.state.apps.values():
        if client_id and app.config.client_id == client_id:
            return app
    raise SlackError("invalid_client_id")


def _onward(question: Question, answer: dict[str, str]) -> str:
    separator = "&" if "?" in question.redirect_uri else "?"
    state = {"state": question.state} if question.state else {}
    return f"{question.redirect_uri}{separator}{urlencode(answer | state)}"
