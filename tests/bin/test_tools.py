"""What bin/_tools.sh does before there is any tool: it finds a Python and survives a hiccup of the network."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.databases import ROOT

UNUSABLE = "#!/bin/sh\nexit 1\n"
WITHOUT_PIP = f'#!/bin/sh\n[ "$1" = -m ] && exit 1\nexec {sys.executable} "$@"\n'
USABLE = f'#!/bin/sh\n[ "$1" = -m ] && exit 0\nexec {sys.executable} "$@"\n'


def put_on_path(folder: Path, **programs: str) -> None:
    for name, script in programs.items():
        path = folder / name.replace("_", ".")
        path.write_text(script)
        path.chmod(0o755)


def shell(folder: Path, commands: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-eu", "-c", f". bin/_tools.sh; sleep() {{ :; }}; {commands}"],
        cwd=ROOT,
        env={"PATH": f"{folder}"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_systems_own_python_is_taken_when_it_will_do(tmp_path):
    put_on_path(tmp_path, python3=USABLE, python3_12=USABLE)

    found = shell(tmp_path, 'find_python; echo "$python"')

    assert found.stdout == "python3\n"


@pytest.mark.parametrize("python3", [UNUSABLE, WITHOUT_PIP], ids=["too old", "without pip"])
def test_a_python_that_will_not_do_is_passed_over(tmp_path, python3):
    put_on_path(tmp_path, python3=python3, python3_12=USABLE)

    found = shell(tmp_path, 'find_python; echo "$python"')

    assert found.stdout == "python3.12\n"


def test_a_machine_without_a_usable_python_is_told_what_is_missing(tmp_path):
    put_on_path(tmp_path, python3=UNUSABLE)

    found = shell(tmp_path, "find_python")

    assert (found.returncode, found.stderr) == (
        1,
        "error: no Python of at least 3.11 with pip found (looked for python3 and python3.11 to python3.14)\n",
    )


def test_a_hiccup_of_the_network_is_survived(tmp_path):
    put_on_path(tmp_path, download=f"#!/bin/sh\n[ -e {tmp_path}/tried ] && exit 0\n: > {tmp_path}/tried\nexit 1\n")

    done = shell(tmp_path, "twice download && echo done")

    assert done.stdout.endswith("done\n")


def test_a_network_that_stays_away_is_an_error(tmp_path):
    put_on_path(tmp_path, download=UNUSABLE)

    done = shell(tmp_path, "twice download || die 'no network'")

    assert (done.returncode, done.stderr) == (1, "error: no network\n")
