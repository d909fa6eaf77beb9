"""The filter by a tag; environment and release are tags, too."""

from typing import Annotated, Literal

import msgspec

from tocsin.rules.occurrence import Tags


class TagFilter(msgspec.Struct, frozen=True, tag_field="kind", tag="tag"):
    """Lets events pass by the value of one of their tags; letters are told apart by case."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[\w.:-]{1,200}$")]
    operator: Literal["is", "is not", "contains", "does not contain", "is set", "is not set"]
    value: Annotated[str, msgspec.Meta(max_length=200)] = ""
    """Means nothing to the last two."""

    @property
    def words(self) -> str:
        """What passes, as it is also typed."""
        return f"{self.name} {self.operator} {self.value}".rstrip()

    def passes(self, tags: Tags) -> bool:
        """Whether an event with these tags does; a tag that it does not have is of no value and contains none."""
        value = tags.get(self.name)
        match self.operator:
            case "is":
                return value == self.value
            case "is not":
                return value != self.value
            case "contains":
                return value is not None and self.value in value
            case "does not contain":
                return value is None or self.value not in value
            case "is set":
                return value is not None
            case "is not set":
                return value is None
