"""The condition *seen more than*."""

from typing import Annotated, ClassVar

import msgspec

from tocsin.rules.conditions.counting import MoreThan
from tocsin.rules.occurrence import Counted
from tocsin.rules.windows import WINDOWS, Window


class SeenMoreThan(MoreThan, frozen=True, tag="seen_more_than"):
    """Holds while an issue has more than `count` events within `window`."""

    count: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 100
    window: Window = "1h"

    label: ClassVar[str] = "an issue is seen more than so many times within a while"
    counted: ClassVar[Counted] = "events"

    @property
    def name(self) -> str:
        """What a rule of this condition alone is called."""
        return f"more than {self.count} events in {WINDOWS[self.window].words}"

    @property
    def words(self) -> str:
        """When it holds."""
        return f"an issue is seen more than {self.count:,} times in {WINDOWS[self.window].words}"
