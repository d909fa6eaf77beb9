"""Owns how a bench says what it measured: one table, a bar for each figure that has one, and the machine beside it."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


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


def print_table(title: str, figures: Sequence[Figure]) -> None:
    """Print the figures as a table that can go into a Markdown file as it is."""
    rows = [("", "measured", "bar", ""), *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    print(f"\n{title} ({machine()})\n")
    for number, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


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
