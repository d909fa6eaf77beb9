"""A visit: one request as a page's handler sees it, with the time, the form and the person already known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from tocsin.http.deps import Deps
from tocsin.http.forms import refuse_nul
from tocsin.members.sign_in import SignedInUser
from tocsin.organizations.permit import Source, Via

PAGE = Source(Via.PAGE)
"""What history keeps of an act on a page."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody asks for a page, and may be nobody that we know."""

    request: Request
    deps: Deps
    now: datetime
    form: Mapping[str, list[str]]
    """The fields of the form, each with its values in order; empty when the page is only looked at."""
    csrf_token: str
    """What each form of the answer must carry."""

    @property
    def is_fragment(self) -> bool:
        """Whether htmx asked, which puts the answer into a page that is open."""
        return self.request.headers.get("HX-Request") == "true"

    @property
    def address(self) -> str:
        """The path with its query: where to come back to."""
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query else url.path

    def field(self, name: str) -> str:
        """The form's field without blanks around it; empty when there is none."""
        return next(iter(self.form.get(name, ())), "").strip()

    def query(self, name: str) -> str:
        """The address's parameter without blanks around it; empty when there is none.

        Raises:
            InvalidInputError: there is a NUL in it.
        """
        text = self.request.query_params.get(name, "").strip()
        refuse_nul(text)
        return text


@dataclass(frozen=True, slots=True)
class SignedInVisit(Visit):
    """Somebody whom we know asks for a page."""

    person: SignedInUser
