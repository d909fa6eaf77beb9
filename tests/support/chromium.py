"""Owns where the browser of the browser tests comes from: TOCSIN_CHROMIUM, the path, or apt.

`python -m tests.support.chromium` installs one where none is found and apt can.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Playwright's driver is a Node that wants libatomic, which a bare Debian lacks; text without any font has no size.
PACKAGES = ("chromium", "libatomic1", "fonts-liberation")
NOT_RUN = "BROWSER TESTS NOT RUN: "
NO_CHROMIUM = f"no Chromium found. Install one, or name one in TOCSIN_CHROMIUM (looked for: {', '.join(NAMES)})."
NO_DRIVER = (
    "Playwright's driver does not start; `python -m playwright --version` says why (often libatomic is missing)."
)
# The sandbox needs user namespaces, which containers and root seldom have; the pages shown here are our own.
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking")


def obstacle() -> str | None:
    """Say why browser tests cannot run, if they cannot."""
    if find_chromium() is None:
        return NO_CHROMIUM
    return None if starts(sys.executable, "-m", "playwright") else NO_DRIVER


def find_chromium() -> str | None:
    """Say which Chromium to drive, as a path."""
    named = os.environ.get("TOCSIN_CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for path in map(shutil.which, NAMES) if path and starts(path)), None)


def starts(*command: str) -> bool:
    """Say whether a program is what it seems: Ubuntu's `chromium-browser` without snap is a script that complains."""
    try:
        return subprocess.run([*command, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def install_with_apt() -> None:
    """Install what browser tests need, where we may; what goes wrong is printed."""
    apt = apt_command()
    if apt is None or "TOCSIN_CHROMIUM" in os.environ:
        return

    print("== installing Chromium with apt for the browser tests", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run([*apt, "-qq", *arguments], env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(done.stdout[-2000:], done.stderr[-2000:], sep="\n", file=sys.stderr)
            return


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
    if obstacle() is None:
        return 0
    install_with_apt()
    left = obstacle()
    if left is not None:
        print(f"== {NOT_RUN}{left}", file=sys.stderr)
    return 0 if left is None else 1


if __name__ == "__main__":
    sys.exit(main())
