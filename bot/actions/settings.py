"""Settings of the action server, from the environment or `.env`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from knowledge.embedded import EMBEDDED_ENCODER


class ActionServerSettings(BaseSettings):
    """See `.env.example`."""

    model_config = SettingsConfigDict(env_prefix="SIFRA_", env_file=".env", extra="ignore")

    actions_port: int = 5055
    action_token: Annotated[SecretStr, Field(min_length=1)]
    database_url: str = "sqlite:///var/sifra.db"
    index_dir: Path = Path("var/index")
    encoder: str = str(EMBEDDED_ENCODER)
    lay_words: Path | None = None
    origin_key: Annotated[SecretStr, Field(min_length=1)]
    undo_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    quiet_hours: bool = True

    @property
    def origin_key_bytes(self) -> bytes:
        """The key of the hashes that stand for the conversations of anonymous reports."""
        return self.origin_key.get_secret_value().encode()
