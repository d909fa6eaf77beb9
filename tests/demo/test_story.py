"""The demonstration as a whole: three real programs and one story."""

import subprocess
import sys

from demo.processes import ROOT, plain_environment


def test_the_story_is_true():
    played = subprocess.run(
        [sys.executable, "-m", "demo.run", "--check"],
        cwd=ROOT,
        env=plain_environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert played.returncode == 0, played.stdout + played.stderr
