"""Patterns in which `*` stands for anything: matched in one pass, however a pattern or a text is made."""

from dataclasses import dataclass

ESCAPED_STAR = "\x00"
"""Stands for `\\*` while a pattern is taken apart; no text of an event holds it."""


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern; `pieces` are what must follow each other, with anything between."""

    pieces: tuple[str, ...]
    ignores_case: bool

    @property
    def needle(self) -> str:
        """The longest piece: a text without it does not match."""
        return max(self.pieces, key=len)

    def matches(self, text: str) -> bool:
        """Whether all of `text` is what the pattern says."""
        if self.ignores_case:
            text = text.lower()
        first, *between = self.pieces
        if not between:
            return text == first
        last = between.pop()
        if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
            return False
        position, end = len(first), len(text) - len(last)
        for piece in between:
            # The leftmost place is always good enough, so nothing is ever tried twice.
            position = text.find(piece, position, end)
            if position < 0:
                return False
            position += len(piece)
        return True


def parse_glob(pattern: str, *, ignores_case: bool) -> Glob:
    r"""The pattern that `pattern` writes down; `\*` is a star that stands for itself."""
    text = pattern.replace("\\*", ESCAPED_STAR)
    text = text.lower() if ignores_case else text
    return Glob(tuple(piece.replace(ESCAPED_STAR, "*") for piece in text.split("*")), ignores_case)
