"""Find a Chromium for the end-to-end tests, and install one where there is none.

`python -m sifra.browser` writes its path to `var/chromium-path`. Nothing but tests needs it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import typer

COMMANDS = ("chromium", "chromium-browser", "google-chrome")
_APT_COMMANDS = (
    ("apt-get", "update", "-q"),
    ("apt-get", "install", "-y", "--no-install-recommends", "chromium"),
)


def find_chromium() -> Path | None:
    """Look for a browser of the system, then for Playwright's own."""
    for command in COMMANDS:
        found = shutil.which(command)
        if found:
            return Path(found)
    own = _playwright_chromium()
    return own if own and own.exists() else None


def install_chromium() -> Path | None:
    """Try Playwright's download, then the distribution's package; None when neither works."""
    as_root = () if os.geteuid() == 0 else ("sudo", "-n")
    commands = [(str(Path(sys.executable).with_name("playwright")), "install", "chromium")]
    commands += [(*as_root, *command) for command in _APT_COMMANDS]
    for command in commands:
        typer.echo(f"No Chromium for the end-to-end tests: running `{' '.join(command)}` …")
        try:
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except FileNotFoundError:
            continue
        found = find_chromium()
        if found:
            return found
    return None


def ensure_chromium(path_file: Path) -> bool:
    """Write the path of a Chromium to a file, installing one first if need be."""
    found = find_chromium() or install_chromium()
    if not found:
        typer.echo("No Chromium could be installed. Install one, then run the tests again.", err=True)
        return False
    path_file.parent.mkdir(parents=True, exist_ok=True)
    path_file.write_text(f"{found}\n", encoding="utf-8")
    typer.echo(f"Chromium for the end-to-end tests: {found}")
    return True


def _playwright_chromium() -> Path | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


if __name__ == "__main__":
    sys.exit(0 if ensure_chromium(Path("var") / "chromium-path") else 1)
