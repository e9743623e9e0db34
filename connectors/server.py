"""The gateway as a process: `python -m connectors.server`."""

from __future__ import annotations

import logging

import uvicorn

from connectors.app import create_app
from connectors.settings import GatewaySettings


def main() -> None:
    """Serve until told to stop; turns under way are finished."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = GatewaySettings()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.gateway_port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
