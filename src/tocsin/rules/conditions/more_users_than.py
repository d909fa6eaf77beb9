"""The condition *more users than*."""

from typing import Annotated, ClassVar

import msgspec

from tocsin.rules.conditions.counting import MoreThan
from tocsin.rules.occurrence import Counted
from tocsin.rules.windows import WINDOWS, Window


class MoreUsersThan(MoreThan, frozen=True, tag="more_users_than"):
    """Holds while an issue hit more than `count` different users within `window`."""

    count: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 10
    window: Window = "1h"

    label: ClassVar[str] = "an issue hits more than so many users within a while"
    counted: ClassVar[Counted] = "users"

    @property
    def name(self) -> str:
        """What a rule of this condition alone is called."""
        return f"more than {self.count} users in {WINDOWS[self.window].words}"

    @property
    def words(self) -> str:
        """When it holds."""
        return f"an issue hits more than {self.count:,} users in {WINDOWS[self.window].words}"
