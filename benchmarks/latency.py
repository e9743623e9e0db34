"""From message to reply: Sifra's whole way beside Rasa's bare REST channel.

    make bench-latency
    .venv/bin/python -m benchmarks.latency --messages 200 --json out.json

Both have the same dialogue model and the same action server, on the same machine, in the same run, message
by message in turn. Sifra's time is what a browser sees: POST, inbox, Rasa, actions, transcript, long poll.
The bare channel's is one POST without anything kept or authenticated. Also printed: memory of each process.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]

from sifra.services import RASA_ENVIRONMENT
from sifra.trial import ROOT, Trial, free_ports, running_trial

MESSAGES = (
    "Hei",
    "hva gjør jeg hvis jeg stikker meg på en sprøyte?",
    "Takheisen på rom 12 på Solbakken røk i natt, jeg fikk vondt i ryggen",
    "avbryt",
    "hvordan går det med saken min?",
)
MODULES = {"gateway": "connectors.server", "rasa": "nlu.server", "actions": "bot.actions.server"}
# Rasa's own answer to a slow start.
BARE_READY_WITHIN_S = 120.0


class SifraClient:
    """Speaks as the web page does."""

    def __init__(self, url: str) -> None:
        """Become one of the sample people."""
        self._http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self._http.post("/api/development/login", json={"employee_id": "E1009"}).raise_for_status()
        self._seen = self._http.get("/api/messages").json()["last"]

    def say(self, text: str) -> float:
        """Return the seconds until the whole reply is there."""
        began = time.perf_counter()
        self._http.post(
            "/api/messages", json={"client_id": str(uuid.uuid4()), "text": text}
        ).raise_for_status()
        pending = True
        while pending:
            query = {"after": self._seen, "wait": 25, "pending": "true"}
            page = self._http.get("/api/messages", params=query).json()
            self._seen, pending = page["last"], page["pending"]
        return time.perf_counter() - began


class BareClient:
    """Speaks to Rasa's REST channel."""

    def __init__(self, port: int) -> None:
        """Use a sender id of our own."""
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)
        self._sender = uuid.uuid4().hex

    def say(self, text: str) -> float:
        """Return the seconds until the whole reply is there."""
        began = time.perf_counter()
        answer = self._http.post("/webhooks/rest/webhook", json={"sender": self._sender, "message": text})
        if not answer.json():
            raise RuntimeError("the bare channel answered nothing")
        return time.perf_counter() - began


@contextmanager
def bare_rasa(trial: Trial) -> Iterator[int]:
    """Start a second Rasa with the stock REST channel, same model, same action server."""
    (port,) = free_ports(1)
    credentials = trial.folder / "bare-credentials.yml"
    credentials.write_text("rest:\n", encoding="utf-8")
    environment = {
        **trial.environment,
        **RASA_ENVIRONMENT,
        "PYTHONPATH": str(ROOT),
        "SIFRA_ACTIONS_URL": f"http://127.0.0.1:{trial.actions_port}/webhook",
        "SIFRA_TRACKER_DB": str(trial.folder / "bare-tracker.db"),
    }
    command = [
        str(ROOT / ".venv-rasa/bin/python"), "-m", "nlu.server", "run",
        "--model", str(trial.folder / "models/sifra.tar.gz"), "--port", str(port),
        "--credentials", str(credentials),
    ]  # fmt: skip
    with (trial.folder / "bare.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + BARE_READY_WITHIN_S
        while True:
            try:
                if httpx.get(
                    f"http://127.0.0.1:{port}/webhooks/rest/", timeout=2, trust_env=False
                ).is_success:
                    break
            except httpx.HTTPError:
                pass
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError("the bare Rasa did not become ready, see bare.log")
            time.sleep(0.5)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def summary(times: list[float]) -> dict[str, float]:
    """Return median and 95th percentile in milliseconds."""
    return {
        "p50_ms": round(1000 * statistics.median(times), 1),
        "p95_ms": round(1000 * statistics.quantiles(times, n=20)[18], 1),
    }


def memory(trial: Trial) -> dict[str, int]:
    """Return the resident memory of each process in MB."""
    return {name: _rss_mb(trial.child(module)) for name, module in MODULES.items()}


def _rss_mb(process: psutil.Process) -> int:
    return round(process.memory_info().rss / 1e6)


def measure(count: int) -> dict[str, object]:
    """Run the whole comparison."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_trial(Path(folder) / "var") as trial,
        bare_rasa(trial) as port,
    ):
        sifra, bare = SifraClient(trial.url), BareClient(port)
        for text in MESSAGES:  # the first messages load what is loaded late
            sifra.say(text)
            bare.say(text)
        times: dict[str, list[float]] = {"sifra": [], "bare_rest": []}
        for index in range(count):
            text = MESSAGES[index % len(MESSAGES)]
            times["sifra"].append(sifra.say(text))
            times["bare_rest"].append(bare.say(text))
        ours, theirs = summary(times["sifra"]), summary(times["bare_rest"])
        return {
            "messages": count,
            "sifra": ours,
            "bare_rest": theirs,
            "ratio_p50": round(ours["p50_ms"] / theirs["p50_ms"], 2),
            "ratio_p95": round(ours["p95_ms"] / theirs["p95_ms"], 2),
            "memory_mb": memory(trial),
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    result = measure(arguments.messages)
    text = json.dumps(result, indent=2)
    print(text)
    if arguments.json:
        arguments.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
