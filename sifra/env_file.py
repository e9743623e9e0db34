"""The `.env` of a machine for development: `.env.example` with fresh random secrets."""

import os
import secrets
from pathlib import Path

from sifra.settings import SECRETS

SECRET_BYTES = 32


def create_env_file(root: Path) -> bool:
    """Write `.env` from `.env.example` when there is none.

    Returns:
        Whether the file was written; one that exists is never touched.
    """
    text = (root / ".env.example").read_text(encoding="utf-8")
    for name in SECRETS:
        variable = f"SIFRA_{name.upper()}="
        text = text.replace(f"\n{variable}\n", f"\n{variable}{secrets.token_urlsafe(SECRET_BYTES)}\n")
    try:
        # O_EXCL makes "never overwritten" true even when two commands start together, and the mode is right
        # from the first byte on.
        descriptor = os.open(root / ".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return True
