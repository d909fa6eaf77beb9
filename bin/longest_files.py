"""Prints the ten longest Python files: a file that grows past 350 lines usually owns two things."""

from pathlib import Path

FOLDERS = ("src", "tests", "bench", "demo", "bin")


def lines_per_file(root: Path) -> dict[Path, int]:
    """Count the lines of every Python file below the project's own folders of `root`."""
    files = (path for folder in FOLDERS for path in root.joinpath(folder).rglob("*.py"))
    return {path.relative_to(root): len(path.read_text(encoding="utf-8").splitlines()) for path in files}


def main() -> None:
    """Print them, longest first."""
    counted = lines_per_file(Path(__file__).resolve().parent.parent)
    longest = sorted(counted, key=lambda path: counted[path], reverse=True)[:10]
    print("== ten longest files")
    for path in longest:
        print(f"{counted[path]:6} {path}")


if __name__ == "__main__":
    main()
