"""Templates: on its way into HTML everything is made visible and escaped; a name that is missing is an error."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from tocsin.http.appearance import appearance_of
from tocsin.http.forms import CSRF_FIELD
from tocsin.http.static import static_address
from tocsin.http.visible import visible
from tocsin.http.visit import SignedInVisit, Visit

MINUTE, HOUR, DAY = 60, 3600, 86_400
UNITS = ((365 * DAY, "y"), (30 * DAY, "mo"), (DAY, "d"), (HOUR, "h"), (MINUTE, "min"))
JUST_NOW_SECONDS = 45


def environment(package: str) -> Environment:
    """The templates of `package`, which may extend those of `tocsin.http` (`base.html`).

    What is printed gets the signs of `visible`. What a form sends back must not change on the way: its values are
    printed with the filter `exact`.
    """
    made = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("tocsin.http")]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["exact"] = escape
    made.filters["time"] = time_tag
    made.filters["number"] = short_number
    made.filters["plural"] = plural
    # Jinja2 types its globals after those that it brings along.
    cast("dict[str, Any]", made.globals).update(static=static_address, csrf_field=csrf_field)
    return made


def _shown(value: object) -> object:
    """What a template prints for `value`; what is markup by now, or was asked for exactly, stays as it is."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def render(
    templates: Environment,
    name: str,
    visit: Visit | SignedInVisit,
    facts: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A page or a fragment of one, for whoever visits."""
    person = visit.person if isinstance(visit, SignedInVisit) else None
    always = {
        "person": person,
        "csrf_token": visit.csrf_token,
        "now": visit.now,
        "path": visit.request.url.path,
        "here": visit.address,
        "appearance": appearance_of(visit.request),
    }
    html = templates.get_template(name).render({**always, **facts})
    return HTMLResponse(html, status_code=status, headers=headers)


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 event`, `3 events`."""
    return f"{short_number(count)} {one if count == 1 else many or one + 's'}"


def short_number(count: int) -> str:
    """A count as people read it: `950`, `12.4k`, `3.1M`."""
    for size, letter in ((1_000_000, "M"), (10_000, "k")):
        if count >= size:
            scaled = count / (1_000_000 if letter == "M" else 1_000)
            return f"{scaled:.1f}".removesuffix(".0") + letter
    return f"{count:,}".replace(",", "\u2009")


def ago(moment: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that fits: `just now`, `5 min ago`, `3 d ago`, `in 2 h`."""
    seconds = int((now - moment).total_seconds())
    if abs(seconds) < JUST_NOW_SECONDS:
        return "just now"
    size, unit = next((pair for pair in UNITS if abs(seconds) >= pair[0]), (MINUTE, "min"))
    count = max(1, abs(seconds) // size)
    return f"{count} {unit} ago" if seconds > 0 else f"in {count} {unit}"


@pass_context
def time_tag(context: Context, moment: datetime) -> Markup:
    """A moment as people read it, with the exact one for whoever points at it."""
    moment = moment.astimezone(UTC)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(timespec="seconds"), f"{moment:%Y-%m-%d %H:%M:%S} UTC", ago(moment, context["now"])
    )


@pass_context
def csrf_field(context: Context) -> Markup:
    """The hidden field that proves a form to be ours."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, context["csrf_token"])
