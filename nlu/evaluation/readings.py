"""What the trained Rasa model makes of messages, by the path that a real message takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nlu.core.errors import ModelFileError
from nlu.quiet import silence_logs

FALLBACK_INTENT = "nlu_fallback"


@dataclass(frozen=True)
class Reading:
    """One message as understood.

    Attributes:
        intent: what the dialogue acts on: the likeliest intent, or the fallback when that is not sure enough.
        likeliest: the likeliest intent, sure or not; None for a message of unknown characters.
        deviation: what `DeviationClassifier` wrote; None for a message of unknown characters.
        personal_data: spans {type, start, end}.
        milliseconds: time to read this message.
    """

    intent: str | None
    likeliest: str | None
    deviation: dict[str, Any] | None
    personal_data: list[dict[str, Any]] = field(default_factory=list)
    milliseconds: float = 0.0


class TrainedModel:
    """A model file of `sifra train`, loaded as the server loads it.

    Attributes:
        load_seconds: what loading took.
    """

    def __init__(self, path: Path) -> None:
        """Load.

        Raises:
            ModelFileError: there is no such file.
        """
        if not path.is_file():
            raise ModelFileError(path, "no such model; run `sifra train`")
        from rasa.core.agent import Agent

        silence_logs()
        began = time.perf_counter()
        self._agent = Agent.load(str(path))
        self.load_seconds = time.perf_counter() - began

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Read messages one by one."""
        return asyncio.run(self._read(texts))

    async def _read(self, texts: Sequence[str]) -> list[Reading]:
        await self._agent.parse_message("varm opp")  # the first message pays for lazy imports
        readings = []
        for text in texts:
            began = time.perf_counter()
            parsed = await self._agent.parse_message(text)
            readings.append(reading_of(parsed, (time.perf_counter() - began) * 1000))
        return readings


def reading_of(parsed: dict[str, Any], milliseconds: float = 0.0) -> Reading:
    """Return what a parse result of Rasa says."""
    ranking = [item["name"] for item in parsed.get("intent_ranking") or []]
    known = [name for name in ranking if name != FALLBACK_INTENT]
    return Reading(
        intent=(parsed.get("intent") or {}).get("name"),
        likeliest=known[0] if known else None,
        deviation=parsed.get("deviation"),
        personal_data=parsed.get("personal_data") or [],
        milliseconds=milliseconds,
    )
