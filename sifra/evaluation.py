"""Run an evaluation in the environment that the models live in."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sifra.errors import SettingsError
from sifra.services import rasa_environment
from sifra.settings import Stack


def run_evaluation(stack: Stack, arguments: Sequence[str], paths: Mapping[str, Path | None]) -> int:
    """Run `python -m nlu.evaluation` and show what it writes.

    Args:
        stack: where things are.
        arguments: the command and its plain options.
        paths: options that name a file or folder, seen from the working directory; None leaves one out.

    Returns:
        The exit code: 0, or 1 after a sentence that says what is wrong.

    Raises:
        SettingsError: the environment has not been made.
    """
    if not stack.rasa_python.exists():
        raise SettingsError(f"{stack.rasa_python} is not there. Run `make setup`.")
    given = [word for name, path in paths.items() if path for word in (name, str(path.resolve()))]
    command = [str(stack.rasa_python), "-m", "nlu.evaluation", *arguments, *given]
    environment = {**os.environ, **rasa_environment(stack)}  # noqa: TID251 (handed on to the child)
    return subprocess.run(command, cwd=stack.root, env=environment, check=False).returncode
