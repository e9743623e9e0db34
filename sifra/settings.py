"""Settings of the whole stack: what `sifra` reads, resolves and hands to the processes.

`StackSettings` is the plain text from the environment and `.env`; `Stack` is the same with every path made
absolute. The processes get the resolved values in their environment, so none of them depends on the folder it
was started in.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from knowledge.embedded import EMBEDDED_ENCODER
from sifra.errors import SettingsError

Port = Annotated[int, Field(ge=1, le=65535)]

# The secrets that must be there before the processes start, in the order they are asked for.
SECRETS = ("rasa_token", "action_token", "session_secret", "origin_key")

LOOPBACK_HOSTS = ("127.0.0.1", "::1", "localhost")


class StackSettings(BaseSettings):
    """`SIFRA_*` from the environment, then from `.env`; `.env.example` explains each."""

    # Other rooms keep their own settings in the same `.env`, hence `extra="ignore"`. An empty line in `.env`
    # is the same as no line, so that an unfilled secret is missing and not "".
    model_config = SettingsConfigDict(env_prefix="SIFRA_", extra="ignore", env_ignore_empty=True)

    development: bool = False
    host: str = "127.0.0.1"
    gateway_port: Port = 8080
    rasa_port: Port = 5005
    actions_port: Port = 5055
    clerk_port: Port = 5056
    database_url: str = "sqlite:///var/sifra.db"
    var_dir: str = "var"
    encoder: str = "knowledge/embedded_encoder"
    index_dir: str = "var/index"
    routines: str = "sample/routines"
    lay_words: str = ""
    municipality: str = "Fjordvik kommune"
    rasa_token: SecretStr | None = None
    action_token: SecretStr | None = None
    session_secret: SecretStr | None = None
    origin_key: SecretStr | None = None
    undo_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    quiet_hours: bool = True
    max_chars: Annotated[int, Field(ge=1, le=9500)] = 8000  # what a description holds


@dataclass(frozen=True)
class Stack:
    """The settings with everything resolved against the project folder."""

    root: Path
    settings: StackSettings
    development: bool
    var_dir: Path
    database_url: str
    encoder: str
    index_dir: Path
    routines: Path

    @property
    def trains_encoder(self) -> bool:
        """Whether the encoder is the one that ships with the project, made by `sifra train-encoder`."""
        return self.encoder == str(EMBEDDED_ENCODER)

    @property
    def model(self) -> Path:
        """The dialogue model that Rasa serves."""
        return self.var_dir / "models" / "sifra.tar.gz"

    @property
    def gazetteer(self) -> Path:
        """The units as Rasa reads them at its start; config.yml names this file."""
        return self.var_dir / "gazetteer.json"

    @property
    def tracker_db(self) -> Path:
        """Rasa's own SQLite file."""
        return self.var_dir / "rasa" / "tracker.db"

    @property
    def log_dir(self) -> Path:
        """Where the output of every child goes."""
        return self.var_dir / "log"

    @property
    def python(self) -> Path:
        """The interpreter of the application environment."""
        return self.root / ".venv" / "bin" / "python"

    @property
    def rasa_python(self) -> Path:
        """The interpreter of the Rasa environment."""
        return self.root / ".venv-rasa" / "bin" / "python"

    def make_directories(self) -> None:
        """Create the folders that the processes write to."""
        # Conversations and cases are stored below: nobody else on the machine needs to look.
        self.var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.log_dir, self.model.parent, self.tracker_db.parent):
            folder.mkdir(exist_ok=True)

    def missing_secrets(self) -> list[str]:
        """Name the environment variables of the secrets that have no value."""
        return [f"SIFRA_{name.upper()}" for name in SECRETS if getattr(self.settings, name) is None]

    def require_secrets(self) -> None:
        """Stop with a sentence when a secret has no value."""
        missing = self.missing_secrets()
        if missing:
            raise SettingsError(
                f"Set {' and '.join(missing)} in {self.root / '.env'} or in the environment, each to a long"
                " random value (for example from `openssl rand -base64 32`). On a machine for development,"
                " `sifra up --development` writes that file for you when there is none."
            )

    def refuse_exposed_development(self) -> None:
        """Stop when development mode, where anyone may log in as anyone, would be reachable from outside."""
        if self.development and self.settings.host not in LOOPBACK_HOSTS:
            raise SettingsError(
                f"In development mode anyone may log in as anyone, so SIFRA_HOST must be 127.0.0.1 and not"
                f" {self.settings.host}."
            )

    def environment(self) -> dict[str, str]:
        """Give every process the same, resolved values; secrets only where they are set."""
        settings = self.settings
        values = {
            "DEVELOPMENT": str(self.development).lower(),
            "HOST": settings.host,
            "GATEWAY_PORT": str(settings.gateway_port),
            "RASA_PORT": str(settings.rasa_port),
            "ACTIONS_PORT": str(settings.actions_port),
            "CLERK_PORT": str(settings.clerk_port),
            "DATABASE_URL": self.database_url,
            "VAR_DIR": str(self.var_dir),
            "ENCODER": self.encoder,
            "INDEX_DIR": str(self.index_dir),
            "ROUTINES": str(self.routines),
            "MUNICIPALITY": settings.municipality,
            **({"LAY_WORDS": str(_absolute(self.root, settings.lay_words))} if settings.lay_words else {}),
            "MAX_CHARS": str(settings.max_chars),
            "UNDO_SECONDS": str(settings.undo_seconds),
            "QUIET_HOURS": str(settings.quiet_hours).lower(),
        }
        for name in SECRETS:
            secret: SecretStr | None = getattr(settings, name)
            if secret is not None:
                values[name.upper()] = secret.get_secret_value()
        return {f"SIFRA_{name}": value for name, value in values.items()}


def load_stack(root: Path, development: bool | None = None) -> Stack:
    """Read the settings and resolve them.

    Args:
        root: the project folder, where `.env` and the two environments are.
        development: overrides SIFRA_DEVELOPMENT when it is not None.
    Raises:
        SettingsError: a value is not usable.
    """

    class Located(StackSettings):
        model_config = SettingsConfigDict(env_file=root / ".env", env_file_encoding="utf-8")

    try:
        settings = Located()
    except ValidationError as exc:
        # The value itself is left out: it may be a secret on the wrong line.
        faults = [f"SIFRA_{str(error['loc'][0]).upper()}: {error['msg']}" for error in exc.errors()]
        raise SettingsError(f"Some settings are not usable: {'; '.join(faults)}.") from exc
    var_dir = _absolute(root, settings.var_dir)
    return Stack(
        root=root,
        settings=settings,
        development=settings.development if development is None else development,
        var_dir=var_dir,
        database_url=_database_url(root, settings, var_dir),
        encoder=_encoder(root, settings, var_dir),
        index_dir=_absolute(root, settings.index_dir) if _given(settings, "index_dir") else var_dir / "index",
        routines=_absolute(root, settings.routines),
    )


def _given(settings: StackSettings, name: str) -> bool:
    """Tell whether the operator chose a value; what nobody chose follows SIFRA_VAR_DIR."""
    return bool(getattr(settings, name) != StackSettings.model_fields[name].default)


def _absolute(root: Path, value: str) -> Path:
    return (root / Path(value).expanduser()).resolve()


def _database_url(root: Path, settings: StackSettings, var_dir: Path) -> str:
    if not _given(settings, "database_url"):
        return f"sqlite:///{var_dir / 'sifra.db'}"
    scheme, separator, path = settings.database_url.partition(":///")
    if not (scheme.startswith("sqlite") and separator and path and path != ":memory:"):
        return settings.database_url
    return f"{scheme}:///{_absolute(root, path)}"


def _encoder(root: Path, settings: StackSettings, var_dir: Path) -> str:
    if not _given(settings, "encoder"):
        return str(EMBEDDED_ENCODER)
    # A folder is given to the processes as an absolute path; anything else is a name on the model hub.
    path = _absolute(root, settings.encoder)
    return str(path) if path.is_dir() else settings.encoder
