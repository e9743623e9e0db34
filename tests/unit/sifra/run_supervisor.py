"""Run the supervisor over fake servers, as `sifra up` does, so that it can be signalled from a test.

Run as `python run_supervisor.py <folder> <name>:<port>:<behaviour> …`.
"""

# ruff: noqa: T201 (what it prints is what the tests read)

import asyncio
import sys
from pathlib import Path

from sifra.errors import SifraError
from sifra.progress import Display
from sifra.services import Service
from sifra.supervisor import Patience, Supervisor

PATIENCE = Patience(
    start_s=2, probe_every_s=0.05, alive_every_s=0.1, alive_misses=3, first_delay_s=0.05, stop_s=2
)


def service(folder: Path, name: str, port: str, behaviour: str) -> Service:
    return Service(
        name=name,
        title=f"the {name}",
        command=(sys.executable, str(Path(__file__).with_name("fake_server.py")), port, behaviour),
        environment={},
        folder=folder,
        log=folder / f"{name}.log",
        host="127.0.0.1",
        port=int(port),
        port_setting=f"SIFRA_{name.upper()}_PORT",
        probe_url=f"http://127.0.0.1:{port}/",
        expected={"ready": True},
    )


def main() -> None:
    folder = Path(sys.argv[1])
    services = [service(folder, *argument.split(":")) for argument in sys.argv[2:]]
    try:
        with Display() as display:
            asyncio.run(Supervisor(services, display, PATIENCE).run(lambda: print("ALL READY", flush=True)))
    except SifraError as error:
        print(error, flush=True)
        sys.exit(1)
    print("STOPPED", flush=True)


if __name__ == "__main__":
    main()
