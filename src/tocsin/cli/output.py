"""What a verb says: a JSON document for programs, or lines for people; notes go to stderr."""

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence


def answer(document: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Print `document` as the only thing on stdout, or else `lines`."""
    if as_json:
        print(json.dumps(document, ensure_ascii=False, default=str))
        return
    for line in lines:
        print(visible(line))


def note(message: str) -> None:
    """Say on stderr what a person should know though it stops nothing."""
    print("tocsin: note:", visible(message), file=sys.stderr)


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, nothing: str) -> list[str]:
    """Columns for a person at a terminal; `nothing` is the whole answer when there is no row."""
    if not rows:
        return [nothing]
    cells = [list(headings), *[["-" if cell is None else visible(str(cell)) for cell in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def visible(text: str) -> str:
    """`text` with control characters made harmless: titles come from strangers, and a terminal obeys escapes."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(one) in {"Cc", "Cf"} else one for one in text)
