"""The steps that make a checkout ready to run, and what each of them depends on."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from sifra.fingerprints import Inputs
from sifra.services import rasa_environment
from sifra.settings import Stack

# The encoder and its thresholds were tuned with the other messages; more of them shift every vector.
NOT_FOR_ENCODER = frozenset(
    {
        "alarm_contrasts", "alarms", "alarms_and_small_talk", "borders", "case_stories", "cases_and_routines",
        "near_alarms", "near_alarms_2", "question_like", "rare", "routine_stories", "sector_care",
        "sector_school", "sector_technical", "sector_town_hall", "short_people", "short_things",
        "small_intents", "varieties", "voices", "wide",
    }
)  # fmt: skip
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
    if stack.trains_encoder:
        services.insert(2, encoder_step(stack))
    return [services, [dialogue_step(stack)]]


def encoder_pairs(stack: Stack) -> Path:
    """Find the questions and passages that the embedded encoder learns from."""
    return stack.root / "index_builder" / "data" / "routine_pairs"


def encoder_corpus(stack: Stack) -> list[Path]:
    """Find the texts that give the embedded encoder its words.

    Not SIFRA_ROUTINES: an edited routine must not change the encoder, and with it every vector of the index.
    """
    messages = stack.root / "nlu" / "data"
    files = [path for room in ("deviations", "intents") for path in sorted((messages / room).glob("*.jsonl"))]
    return [stack.root / "sample" / "routines", *(path for path in files if path.stem not in NOT_FOR_ENCODER)]


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
    """Train the embedded sentence encoder."""
    room = stack.root / "index_builder"
    code = ("encoder_training.py", "static_encoder.py", "training_data.py", "markdown_loader.py")
    return _worker_step(
        stack,
        name="encoder",
        title="Training the sentence encoder",
        inputs=Inputs(
            (encoder_pairs(stack), *encoder_corpus(stack), *(room / name for name in code)),
            _versions("torch", "sentence-transformers", "tokenizers"),
        ),
        output=Path(stack.encoder),
    )


def index_step(stack: Stack) -> Step:
    """Build the search index of the routines."""
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
