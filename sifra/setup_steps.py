"""The steps that make a checkout ready to run, and what each of them depends on."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from knowledge.embedded import EMBEDDED_ENCODER
from sifra.fingerprints import Inputs
from sifra.services import rasa_environment
from sifra.settings import Stack

NOT_TRAINED_ON = ("server", "evaluation", "data/evaluation")


@dataclass(frozen=True)
class Step:
    """One command whose result stays valid as long as its inputs are the same.

    Attributes:
        name: the key of its fingerprint.
        title: what it does, in words.
        inputs: what the result depends on.
        output: the file or folder that must be there afterwards; None when only the command can tell.
        tells: whether the last line that the command writes is worth showing.
    """

    name: str
    title: str
    command: tuple[str, ...]
    environment: dict[str, str]
    log: Path
    inputs: Inputs
    output: Path | None
    tells: bool = True


def setup_chains(stack: Stack) -> list[list[Step]]:
    """Plan the whole set-up: steps of one chain follow each other, the chains run side by side."""
    services = [database_step(stack), gazetteer_step(stack), index_step(stack)]
    return [services, [dialogue_step(stack)]]


def database_step(stack: Stack) -> Step:
    """Bring the database to the newest schema and, in development, fill an empty one with the sample."""
    scheme, _, path = stack.database_url.partition(":///")
    return _worker_step(
        stack,
        name="database",
        title="Preparing the database",
        inputs=Inputs((stack.root / "database",), (stack.database_url, f"development={stack.development}")),
        # Nobody swaps an SQLite file for an older one behind our back; a server's state only it can tell.
        output=Path(path) if scheme.startswith("sqlite") else None,
    )


def gazetteer_step(stack: Stack) -> Step:
    """Write the names of the units for Rasa, each time: only the database can tell whether they changed."""
    return _worker_step(
        stack, name="gazetteer", title="Listing the units for Rasa", inputs=Inputs(), output=None
    )


def encoder_step(stack: Stack) -> Step:
    """Train the encoder that ships with the project; no set-up does it."""
    return _worker_step(
        stack,
        name="encoder",
        title="Training the sentence encoder",
        inputs=Inputs(
            (stack.root / "index_builder",), _versions("torch", "sentence-transformers", "tokenizers")
        ),
        output=EMBEDDED_ENCODER,
    )


def index_step(stack: Stack) -> Step:
    """Bring the search index of the routines up to date."""
    paths = [stack.routines, stack.root / "index_builder", stack.root / "knowledge"]
    if Path(stack.encoder).is_absolute():
        paths.append(Path(stack.encoder))
    return _worker_step(
        stack,
        name="index",
        title="Indexing the routines",
        inputs=Inputs(
            tuple(paths),
            (stack.encoder, *_versions("faiss-cpu", "sentence-transformers", "torch")),
            without=(stack.root / "index_builder" / "data",),
        ),
        output=stack.index_dir / "current",
    )


def dialogue_step(stack: Stack) -> Step:
    """Train the dialogue model in the Rasa environment."""
    root = stack.root
    return Step(
        name="dialogue",
        title="Training the dialogue model",
        command=(str(stack.rasa_python), "-m", "nlu.train", "--out", str(stack.model)),
        environment=rasa_environment(stack),
        log=stack.log_dir / "dialogue.log",
        inputs=Inputs(
            (
                root / "config.yml",
                root / "domain.yml",
                root / "bot" / "data",
                root / "nlu",
                root / "requirements" / "rasa.txt",
            ),
            # Written by the training itself, or nothing that the model depends on.
            without=tuple(root / "nlu" / name for name in NOT_TRAINED_ON),
        ),
        output=stack.model,
        tells=False,
    )


def _worker_step(stack: Stack, *, name: str, title: str, inputs: Inputs, output: Path | None) -> Step:
    return Step(
        name=name,
        title=title,
        command=(str(stack.python), "-m", "sifra.workers", name),
        environment=stack.environment(),
        log=stack.log_dir / f"{name}.log",
        inputs=inputs,
        output=output,
    )


def _versions(*packages: str) -> tuple[str, ...]:
    return tuple(f"{package}=={version(package)}" for package in packages)
