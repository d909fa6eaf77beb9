"""What conditions that count have in common: more of something than so many, within a while."""

from typing import ClassVar

import msgspec

from tocsin.rules.occurrence import Counted, Occurrence, Tally
from tocsin.rules.windows import Window


class MoreThan(msgspec.Struct, frozen=True, tag_field="kind"):
    """Holds while there is more than `count` of what is `counted` within `window`."""

    count: int
    window: Window

    counted: ClassVar[Counted]

    def matches(self, occurrence: Occurrence) -> bool:
        """Whether there are more than `count` now."""
        return self._tally(occurrence).now > self.count

    def held_before(self, occurrence: Occurrence) -> bool:
        """Whether there were more than `count` without the new events."""
        return self._tally(occurrence).before > self.count

    def _tally(self, occurrence: Occurrence) -> Tally:
        return occurrence.tallies.get((self.counted, self.window), Tally(0, 0))
