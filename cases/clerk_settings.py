"""Settings of the clerk, from the environment or `.env`."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ClerkSettings(BaseSettings):
    """See `.env.example`."""

    model_config = SettingsConfigDict(env_prefix="SIFRA_", env_file=".env", extra="ignore")

    clerk_port: int = 5056
    database_url: str = "sqlite:///var/sifra.db"
    origin_key: Annotated[SecretStr, Field(min_length=1)]
    undo_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    quiet_hours: bool = True
