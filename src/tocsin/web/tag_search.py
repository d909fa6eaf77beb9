"""The search that finds every issue which had a tag, as links on pages ask it."""

from tocsin.issues.search_fields import FIELDS
from tocsin.issues.search_query import Place, Term, Value, write

SAME = frozenset({"environment", "release", "level"})
"""Fields of the search that mean the tag of the same name."""
NOWHERE = Place(0, 0)


def search_for_tag(name: str, value: str) -> str:
    """The query for issues of which some event had this tag with exactly this value."""
    field = f"tag.{name}" if name in FIELDS and name not in SAME else name
    # In quotes a star is a star, and not anything.
    return write([Term(field, (Value(value, is_quoted=True, place=NOWHERE),), is_negated=False, place=NOWHERE)])
