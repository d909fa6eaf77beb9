"""Owns the figures of earlier runs, so that each bench can say how its own compare: `bench/recorded/<name>.json`.

A run is recorded where the command says `--record`; only figures of one machine compare.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from bench.table import Figure, machine, print_table

FOLDER = Path(__file__).with_name("recorded")


def add_record_option(parser: argparse.ArgumentParser) -> None:
    """Let the command say that this run is one to compare with."""
    parser.add_argument("--record", action="store_true", help="keep the figures as those to compare with")


def report(name: str, title: str, figures: Sequence[Figure], *, record: bool) -> int:
    """Print the table with the ratio to what was recorded under `name`; gives the exit status, 1 for a missed bar."""
    file = FOLDER / f"{name}.json"
    recorded = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
    print_table(title, figures, before=recorded["figures"] if recorded else {})
    if recorded:
        print(f"\nbefore: {recorded['machine']}")
    if record:
        FOLDER.mkdir(exist_ok=True)
        kept = {"machine": machine(), "figures": {figure.name: round(figure.value, 4) for figure in figures}}
        file.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(figure.is_met for figure in figures) else 1
