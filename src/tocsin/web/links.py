"""Makes the addresses in what people wrote into links; everything else stays the text that it is."""

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

from tocsin.http.visible import visible

_ADDRESS = re.compile(r"\bhttps?://[\w.~:/?#\[\]@!$&()*+,;=%-]+", re.ASCII)
"""Only what RFC 3986 has in an address, without the quote: nothing that looks like another letter, or that ends an
attribute. Other schemes (`javascript:`, `data:`) are no addresses here."""
_HOST = re.compile(r"[^/?#]+")
"""With the port, and the name to sign in with, if there is one (RFC 3986, 3.2)."""
_END_OF_SENTENCE = ".,;:!?"


def with_links(text: str) -> Markup:
    """`text`, escaped, whose addresses lead there; a link vouches for nothing and tells nobody where one came from."""
    return Markup("").join(_parts(text))


def _parts(text: str) -> Iterator[Markup]:
    told = 0
    for match in _ADDRESS.finditer(text):
        address = _without_what_follows(match[0])
        if not _leads_where_it_says(address):
            continue
        yield escape(visible(text[told : match.start()]))
        yield Markup('<a href="{0}" rel="nofollow noopener noreferrer">{0}</a>').format(address)
        told = match.start() + len(address)
    yield escape(visible(text[told:]))


def _without_what_follows(address: str) -> str:
    """The address without the sentence around it: its full stop, and a bracket that was opened before it."""
    # Counted once: a comment may be ten thousand brackets, and a page shows many comments.
    unopened = {")": address.count(")") - address.count("("), "]": address.count("]") - address.count("[")}
    end = len(address)
    while (last := address[end - 1]) in _END_OF_SENTENCE or unopened.get(last, 0) > 0:
        if last in unopened:
            unopened[last] -= 1
        end -= 1
    return address[:end]


def _leads_where_it_says(address: str) -> bool:
    """Whether it names a host first: what stands before an `@` is a name to sign in with, which reads like a host."""
    host = _HOST.match(address.partition("://")[2])
    return host is not None and "@" not in host[0]
