"""The project's documents, and what they name in backticks, links and tables."""

import re
from collections.abc import Iterator
from pathlib import Path

from tocsin.issues.search_fields import FIELDS

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_FUNCTION = re.compile(r"[a-z_]+(\.[a-z_]+)*:[A-Za-z_]+(\.[A-Za-z_]+)*")
_PATH = re.compile(r"[\w./-]+\.(py|md|toml|html|css|js)")


def read(name: str) -> str:
    """The text of `docs/operations.md` or `README.md`."""
    return (ROOT / name).read_text()


def prose(path: Path) -> str:
    """A document without its blocks of code."""
    return _FENCE.sub("", path.read_text())


def functions_named_in(path: Path) -> list[str]:
    """Every `module:name` of a document; `level:error` is a term of a search."""
    found = [code for code in _CODE.findall(prose(path)) if _FUNCTION.fullmatch(code)]
    return [code for code in found if code.partition(":")[0] not in FIELDS]


def paths_named_in(path: Path) -> list[str]:
    """Every file of the project that a document names by its path."""
    return [code for code in _CODE.findall(prose(path)) if _PATH.fullmatch(code) and "/" in code]


def links_of(path: Path) -> Iterator[tuple[Path, str]]:
    """The file and the anchor (`""` for none) of every link that stays inside the project."""
    for target in _LINK.findall(prose(path)):
        if "://" not in target:
            name, _, anchor = target.partition("#")
            yield (path.parent / name if name else path), anchor


def anchors_of(path: Path) -> set[str]:
    """The anchors that a forge makes of the headings of a document."""
    headings = _HEADING.findall(prose(path))
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).strip().replace(" ", "-") for heading in headings}


def rows(text: str) -> dict[str, list[str]]:
    """The rows of all tables by the name in backticks that they begin with, and their other cells."""
    found = re.findall(r"^\| `([^`]+)`([^|]*)\|(.*)\|$", text, re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split("|")] for name, _, cells in found}


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next one of any level."""
    match = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL)
    assert match, f"no heading {heading!r}"
    return match[1]


def block(text: str, language: str) -> str:
    """The first block of code in `language`."""
    match = re.search(rf"^```{language}$(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert match, f"no block of {language}"
    return match[1]
