"""Routes of pages: each request is read, then served in one hop to a worker thread, by somebody known or by anybody."""

import secrets
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tocsin.http.cookies import FORM, SIGN_IN, read_cookie, set_cookie
from tocsin.http.deps import Deps
from tocsin.http.forms import read_form, refuse_forged
from tocsin.http.headers import protect
from tocsin.http.visit import SignedInVisit, Visit
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import NotFoundError
from tocsin.members.sign_in import SignedInUser, get_user, touch

GET, POST = "GET", "POST"
Form = Mapping[str, list[str]]


def public_page(deps: Deps, path: str, handler: Callable[[Visit], Response], *, name: str, method: str = GET) -> Route:
    """A page for anybody; its forms are proved by a cookie of the browser's own."""

    def serve(request: Request, form: Form) -> Response:
        known = read_cookie(request, FORM, is_https=deps.is_https)
        if request.method == POST:
            refuse_forged(request, form, expected=known)
        token = known or secrets.token_urlsafe(32)
        response = handler(Visit(request, deps, deps.clock(), form, token))
        if known is None:
            set_cookie(response, FORM, token, is_https=deps.is_https)
        return response

    return _route(deps, path, serve, name=name, method=method)


def private_page(
    deps: Deps, path: str, handler: Callable[[SignedInVisit], Response], *, name: str, method: str = GET
) -> Route:
    """A page for whoever is signed in; anybody else is sent to sign in and then back."""

    def serve(request: Request, form: Form) -> Response:
        now = deps.clock()
        person = find_person(deps, request)
        if person is None:
            return _send_to_sign_in(request)
        if request.method == POST:
            refuse_forged(request, form, expected=person.csrf_token)
        return handler(SignedInVisit(request, deps, now, form, person.csrf_token, person))

    return _route(deps, path, serve, name=name, method=method)


def find_person(deps: Deps, request: Request) -> SignedInUser | None:
    """Who is signed in in this browser, if anybody; notes that they were seen."""
    key = read_cookie(request, SIGN_IN, is_https=deps.is_https)
    if not key:
        return None
    now = deps.clock()
    with read(deps.database) as session:
        person = get_user(session, key, now=now)
    if person is not None and person.is_to_be_touched:
        with write(deps.database) as session:
            touch(session, key, now=now)
    return person


def _send_to_sign_in(request: Request) -> Response:
    if request.headers.get("HX-Request") == "true":
        # htmx would put the sign-in page into the open one; so the browser is told to leave it, and where to return.
        open_page = urlsplit(request.headers.get("HX-Current-URL", "")).path
        return Response(status_code=204, headers={"HX-Redirect": _sign_in_address(open_page)})
    # What a form wanted cannot be done by coming back to its address.
    back = "/" if request.method == POST else request.url.path
    query = "" if request.method == POST or not request.url.query else f"?{request.url.query}"
    return RedirectResponse(_sign_in_address(back + query), status_code=303)


def _sign_in_address(back: str) -> str:
    return "/sign-in/" if back in {"", "/"} else f"/sign-in/?next={quote(back, safe='/')}"


def _route(deps: Deps, path: str, serve: Callable[[Request, Form], Response], *, name: str, method: str) -> Route:
    async def endpoint(request: Request) -> Response:
        if "\0" in request.scope["path"]:
            raise NotFoundError("There is nothing at this address.")  # and PostgreSQL could not even look for it
        form = await read_form(request) if request.method == POST else {}
        return protect(await run_in_threadpool(serve, request, form), is_https=deps.is_https)

    return Route(path, endpoint, methods=[method], name=name)
