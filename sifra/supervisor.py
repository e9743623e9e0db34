"""Keep the four processes running, in the foreground of one terminal.

Why an own supervisor of this size: `sifra up` has to know when all are *ready*, which is more than
started (Rasa imports TensorFlow for seconds, and can fail while its process lives on without a port), so
everything is judged over HTTP and not by process id. Process managers such as supervisord or honcho start and
restart, but wait for no readiness; systemd and containers do, and are the right choice in production, where
each of the commands is a unit of its own. What is wanted here:

- all start at once, since nothing is gained by waiting; the ready block is printed when all are ready;
- a child that dies, or stops answering, is started again with a growing delay, and a line says so;
- one that never gets ready stops the rest, with the end of its log, instead of trying for ever;
- output goes to log files, so that the terminal shows only what people need;
- at the end the gateway stops first, so that no new turn begins, and nothing is left behind (`tether.py`).
"""

import asyncio
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from sifra.child_process import Process, rotate, signal_group, start_child, tail
from sifra.errors import ServiceFailedError
from sifra.progress import Display
from sifra.services import PROBE_TIMEOUT_S, Service, require_free_ports


@dataclass(frozen=True)
class Patience:
    """How long the supervisor waits for what; all in seconds unless named otherwise.

    Attributes:
        start_s: from the start of a child until it must be ready. Rasa needs about 10 s on two cores.
        probe_every_s: between two probes of a child that is not ready yet.
        alive_every_s: between two probes of one that is.
        alive_misses: probes in a row without any answer after which a child counts as dead.
        early_deaths: deaths within `early_window_s` of a child that was never ready, after which we give up.
        calm_s: readiness this long makes the delay short again.
        stop_s: from SIGTERM to SIGKILL.
    """

    start_s: float = 120
    probe_every_s: float = 0.2
    alive_every_s: float = 5
    alive_misses: int = 6
    early_deaths: int = 5
    early_window_s: float = 60
    first_delay_s: float = 0.5
    longest_delay_s: float = 30
    calm_s: float = 60
    stop_s: float = 8


class _Keeper:
    """Keeps one service running."""

    def __init__(
        self, service: Service, display: Display, patience: Patience, client: httpx.AsyncClient
    ) -> None:
        self.service = service
        self.process: Process | None = None
        self.was_ready = asyncio.Event()
        self._display = display
        self._patience = patience
        self._client = client
        self._deaths: deque[float] = deque(maxlen=patience.early_deaths)
        self._delay_s = patience.first_delay_s

    async def run(self) -> None:
        """Start the child and start it again, until cancelled.

        Raises:
            ServiceFailedError: it never became ready.
        """
        service = self.service
        while True:
            activity = self._display.begin(f"Starting {service.title}")
            self.process = await start_child(
                service.command, service.environment, service.folder, service.log
            )
            exited = asyncio.create_task(self.process.wait())
            if await self._wait_until_ready(exited):
                activity.done()
                self.was_ready.set()
                await self._watch(exited)
            else:
                activity.failed()
            hung = not exited.done()
            # Whatever is left of it must not hold the port when the next one comes.
            signal_group(self.process, signal.SIGKILL)
            code = await exited
            self._give_up_if_hopeless(hung=hung)
            ending = "no answer" if hung else _ending(code)
            self._display.say(f"! The {service.name} stopped ({ending}) and is started again.", "yellow")
            await asyncio.sleep(self._delay_s)
            self._delay_s = min(2 * self._delay_s, self._patience.longest_delay_s)

    async def _wait_until_ready(self, exited: asyncio.Task[int]) -> bool:
        deadline = time.monotonic() + self._patience.start_s
        while not exited.done() and time.monotonic() < deadline:
            response = await self._probe()
            if response is not None and self.service.is_ready(response):
                return not exited.done()
            await asyncio.wait({exited}, timeout=self._patience.probe_every_s)
        return False

    async def _watch(self, exited: asyncio.Task[int]) -> None:
        """Return when the child has died or has stopped answering."""
        ready_at = time.monotonic()
        misses = 0
        while not exited.done() and misses < self._patience.alive_misses:
            await asyncio.wait({exited}, timeout=self._patience.alive_every_s)
            # Any answer is a sign of life: the gateway may well say 503 while Rasa is being started again.
            misses = 0 if exited.done() or await self._probe() is not None else misses + 1
        if time.monotonic() - ready_at > self._patience.calm_s:
            self._delay_s = self._patience.first_delay_s

    async def _probe(self) -> httpx.Response | None:
        try:
            return await self._client.get(self.service.probe_url, headers=dict(self.service.probe_headers))
        except httpx.HTTPError:
            return None

    def _give_up_if_hopeless(self, *, hung: bool) -> None:
        if self.was_ready.is_set():
            return
        patience, name, log = self._patience, self.service.name, self.service.log
        now = time.monotonic()
        self._deaths.append(now)
        if hung:
            reason = f"The {name} was not ready within {patience.start_s:g} seconds."
        elif len(self._deaths) == patience.early_deaths and now - self._deaths[0] <= patience.early_window_s:
            reason = f"The {name} died {patience.early_deaths} times before it was ready."
        else:
            return
        raise ServiceFailedError(reason, log, tail(log))


class Supervisor:
    """Runs services until SIGINT or SIGTERM, or until one of them is hopeless."""

    def __init__(self, services: list[Service], display: Display, patience: Patience | None = None) -> None:
        self._services = services
        self._display = display
        self._patience = patience or Patience()
        self._keepers: list[_Keeper] = []
        self._asked_to_stop = asyncio.Event()

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Run everything; return when asked to stop and all is gone.

        Args:
            on_ready: called once, when all services are ready.
        Raises:
            PortTakenError: nothing was started.
            ServiceFailedError: a service never became ready; the others have been stopped.
        """
        require_free_ports(self._services)
        for service in self._services:
            rotate(service.log)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._on_signal)
        async with httpx.AsyncClient(timeout=PROBE_TIMEOUT_S, trust_env=False) as client:
            self._keepers = [_Keeper(each, self._display, self._patience, client) for each in self._services]
            keeping = [asyncio.create_task(keeper.run()) for keeper in self._keepers]
            announcing = asyncio.create_task(self._announce(on_ready))
            stopping = asyncio.create_task(self._asked_to_stop.wait())
            try:
                done, _ = await asyncio.wait({*keeping, stopping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (*keeping, announcing, stopping):
                    task.cancel()
                await asyncio.gather(*keeping, announcing, stopping, return_exceptions=True)
                await self._stop_all()
        for task in done:
            task.result()

    async def _announce(self, on_ready: Callable[[], None]) -> None:
        for keeper in self._keepers:
            await keeper.was_ready.wait()
        on_ready()

    def _on_signal(self) -> None:
        if self._asked_to_stop.is_set():
            # Asked twice: somebody is in a hurry.
            for process in self._processes():
                signal_group(process, signal.SIGKILL)
        self._asked_to_stop.set()

    def _processes(self) -> list[Process]:
        """Children that were started, the gateway first."""
        return [keeper.process for keeper in reversed(self._keepers) if keeper.process]

    async def _stop_all(self) -> None:
        """End every child: SIGTERM, the gateway first, and SIGKILL for what is left in the end."""
        deadline = time.monotonic() + self._patience.stop_s
        processes = self._processes()
        for count, process in enumerate(processes):
            signal_group(process, signal.SIGTERM)
            if count == 0:
                await _wait_for_all([process], self._patience.stop_s / 2)
        await _wait_for_all(processes, deadline - time.monotonic())
        for process in processes:
            signal_group(process, signal.SIGKILL)
        await asyncio.gather(*(process.wait() for process in processes))


async def _wait_for_all(processes: list[Process], timeout_s: float) -> None:
    if processes:
        await asyncio.wait({asyncio.create_task(process.wait()) for process in processes}, timeout=timeout_s)


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
