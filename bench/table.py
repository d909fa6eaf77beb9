"""Owns how a bench says what it measured: one table, a bar for each figure that has one, and the machine beside it."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; with a `bar` it must not be above it, or not below it when `at_least`."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    at_least: bool = False
    digits: int = 1

    @property
    def is_met(self) -> bool:
        """Whether the bar is met; a figure without one always is."""
        if self.bar is None:
            return True
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    def cells(self) -> tuple[str, str, str, str]:
        """The row of the table."""
        value = f"{self.value:,.{self.digits}f} {self.unit}".strip()
        if self.bar is None:
            return self.name, value, "", ""
        bar = f"{'≥' if self.at_least else '≤'} {self.bar:,.{self.digits}f} {self.unit}".strip()
        return self.name, value, bar, "ok" if self.is_met else "over" if not self.at_least else "under"


def print_table(title: str, figures: Sequence[Figure], *, before: Mapping[str, float] = MappingProxyType({})) -> None:
    """Print the figures as a table that can go into a Markdown file as it is.

    `before` are the values of an earlier run by name; the last column then is the ratio to them.
    """
    rows = [("", "measured", "bar", "", "to before"), *((*each.cells(), _ratio(each, before)) for each in figures)]
    columns = range(5 if before else 4)
    widths = [max(len(row[column]) for row in rows) for column in columns]
    print(f"\n{title} ({machine()})\n")
    for number, row in enumerate(rows):
        print("| " + " | ".join(row[column].ljust(widths[column]) for column in columns) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def _ratio(figure: Figure, before: Mapping[str, float]) -> str:
    earlier = before.get(figure.name)
    return f"{figure.value / earlier:.2f} ×" if earlier else ""


def machine() -> str:
    """When and on what this was measured; the load tells whether others used the machine too."""
    name = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    today = datetime.now(UTC).date().isoformat()
    return f"{today}, {os.cpu_count()} × {name}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
