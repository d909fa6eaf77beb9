"""The smallest graph: a row of bars beside an issue in a list, as one path of SVG. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 24
"""Units of the drawing; each bar is one unit wide."""
GAP = 0.2


@dataclass(frozen=True, slots=True)
class Spark:
    """`path` in a box of `width` x `HEIGHT`; `total` and `most` are for whoever does not see it."""

    path: str
    width: int
    total: int
    most: int


def draw_spark(counts: Sequence[int]) -> Spark:
    """Bars of these counts, oldest first, the tallest as high as the box; a bar that is not empty can be seen."""
    most = max(counts, default=0)
    bars = (
        f"M{place} {HEIGHT}v-{max(2, round(count * HEIGHT / most))}h{1 - GAP:.1f}V{HEIGHT}z"
        for place, count in enumerate(counts)
        if count
    )
    return Spark("".join(bars), len(counts), sum(counts), most)
