"""Settings of the gateway, from the environment or `.env`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class GatewaySettings(BaseSettings):
    """See `.env.example`."""

    model_config = SettingsConfigDict(env_prefix="SIFRA_", env_file=".env", extra="ignore")

    development: bool = False
    host: str = "127.0.0.1"
    gateway_port: int = 8080
    rasa_port: int = 5005
    rasa_token: Annotated[SecretStr, Field(min_length=1)]
    session_secret: Annotated[SecretStr, Field(min_length=1)]
    # For `organisation.origin`, to find the conversation of an anonymous reporter; as in the action server.
    origin_key: Annotated[SecretStr, Field(min_length=1)]
    database_url: str = "sqlite:///var/sifra.db"
    index_dir: Path = Path("var/index")
    municipality: str = "Fjordvik kommune"
    # The description of a case holds no more (bot/actions/report_draft.py), and Rasa's channel takes it.
    max_chars: Annotated[int, Field(ge=1, le=9_500)] = 8_000
    allowed_hosts: Annotated[frozenset[str], NoDecode] = LOOPBACK

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Read "a.example, b.example" as two host names."""
        return (
            frozenset(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @property
    def may_choose_person(self) -> bool:
        """Whether one may choose whom to be: development mode, and only this machine reaches the page."""
        return self.development and self.host in LOOPBACK and self.allowed_hosts <= LOOPBACK
