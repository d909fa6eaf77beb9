"""How a control is called and its JSON becomes a record again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, TypeVar

import msgspec

Result = TypeVar("Result")


class Caller(ABC):
    """Reaches the controls of one simulator, wherever it runs."""

    @abstractmethod
    def call(self, control: str, /, **arguments: Any) -> Any:  # noqa: ANN401 - JSON in and out
        """Run a control by name and return its JSON.

        Raises:
            NotPossibleError: Slack's own client would not let that happen; the sentence says why.
        """

    def one(self, kind: type[Result], control: str, /, **arguments: Any) -> Result:  # noqa: ANN401 - JSON
        """Call a control that answers one record."""
        return msgspec.convert(self.call(control, **arguments), kind)

    def many(self, kind: type[Result], control: str, /, **arguments: Any) -> list[Result]:  # noqa: ANN401 - JSON
        """Call a control that answers a list of records."""
        return msgspec.convert(self.call(control, **arguments), list[kind])
