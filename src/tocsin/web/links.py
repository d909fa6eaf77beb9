"""Makes the addresses in what people wrote into links; everything else stays the text that it is."""

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

from tocsin.http.visible import visible

_ADDRESS = re.compile(r"\bhttps?://[\w.~:/?#\[\]@!$&()*+,;=%-]+", re.ASCII)
"""Only what RFC 3986 has in an address, without the quote: nothing that looks like another letter, or that ends an
attribute. Other schemes (`javascript:`, `data:`) are no addresses here."""
_END_OF_SENTENCE = ".,;:!?"


def with_links(text: str) -> Markup:
    """`text`, escaped, whose addresses lead there; a link vouches for nothing and tells nobody where one came from."""
    return Markup("").join(_parts(text))


def _parts(text: str) -> Iterator[Markup]:
    told = 0
    for match in _ADDRESS.finditer(text):
        address = _without_what_follows(match[0])
        if not address.partition("://")[2].strip("/"):
            continue
        yield escape(visible(text[told : match.start()]))
        yield Markup('<a href="{0}" rel="nofollow noopener noreferrer">{0}</a>').format(address)
        told = match.start() + len(address)
    yield escape(visible(text[told:]))


def _without_what_follows(address: str) -> str:
    """The address without the sentence around it: its full stop, and a bracket that was opened before it."""
    while address[-1] in _END_OF_SENTENCE or any(
        address.endswith(end) and address.count(end) > address.count(begin) for begin, end in ("()", "[]")
    ):
        address = address[:-1]
    return address
