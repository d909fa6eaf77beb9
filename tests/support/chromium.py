"""Owns where the browser of the browser tests comes from: TOCSIN_CHROMIUM, the path, or apt.

`python -m tests.support.chromium` installs one where none is found and apt can.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NOT_RUN = (
    "BROWSER TESTS NOT RUN: no Chromium found. Install one, or name one in TOCSIN_CHROMIUM (looked for on the path: "
    + ", ".join(NAMES)
    + ")."
)
# The sandbox needs user namespaces, which containers and root seldom have; the pages shown here are our own.
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking")


def find_chromium() -> str | None:
    """Say which Chromium to drive, as a path."""
    named = os.environ.get("TOCSIN_CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for path in map(shutil.which, NAMES) if path and starts(path)), None)


def starts(path: str) -> bool:
    """Say whether `path` is a browser: Ubuntu's `chromium-browser` without snap is a script that only complains."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def install_chromium() -> bool:
    """Install Chromium with apt where we may; say whether one is there afterwards."""
    apt = apt_command()
    if apt is None or "TOCSIN_CHROMIUM" in os.environ:
        return False

    print("== installing Chromium with apt for the browser tests", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        done = subprocess.run([*apt, "-qq", *arguments], env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(done.stdout[-2000:], done.stderr[-2000:], sep="\n", file=sys.stderr)
            return False
    return find_chromium() is not None


def apt_command() -> list[str] | None:
    """Say how to call apt with the rights to install, without ever asking for a password."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n", "apt-get"]
    return None


def main() -> int:
    """Make sure of a browser, or say loudly that there is none."""
    if find_chromium() or install_chromium():
        return 0
    print(f"== {NOT_RUN}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
