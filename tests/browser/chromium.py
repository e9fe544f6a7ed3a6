"""The browser that the tests drive: one that is there, or one that `make test` brings.

`python -m tests.browser.chromium` installs one where it can, and says in one line what is missing where it cannot.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
MISSING = (
    "setup: a Chromium is needed for the console's tests: install it (apt-get install chromium),"
    " or name one with CHROMIUM=/path/to/chromium"
)


def find() -> str | None:
    """CHROMIUM, else one on PATH, else the one that playwright has installed."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    on_path = next((found for name in NAMES if (found := shutil.which(name))), None)
    return on_path or _of_playwright()


def install() -> bool:
    """Debian's own, which follows its updates; else playwright's, where its download can be reached."""
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        attempts.insert(0, ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])
        subprocess.run(["apt-get", "update", "-qq"], check=False, capture_output=True)
    for command in attempts:
        print(f"setup: a browser for the tests ({command[0].rpartition('/')[2]})", flush=True)
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(command, check=False, env=environment, capture_output=True)
        if find():
            return True
    return False


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        path = driver.chromium.executable_path
    return path if Path(path).exists() else None


if __name__ == "__main__":
    if not find() and not install():
        sys.exit(MISSING)
