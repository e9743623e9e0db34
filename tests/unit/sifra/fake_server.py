"""A process for the supervisor to keep: says `ready` over HTTP after a while, or never, or dies.

Run as `python fake_server.py <port> <behaviour> [seconds]`.
"""

# ruff: noqa: T201 (what it prints is what the tests read)

import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Answers 200 to everything, or 503 when the behaviour is `unready`."""

    def do_GET(self) -> None:
        self.send_response(503 if sys.argv[2] == "unready" else 200)
        self.end_headers()
        self.wfile.write(b'{"ready": true, "model": "sifra.tar.gz"}')

    def log_message(self, *_args: object) -> None:
        pass


def main() -> None:
    port, behaviour = int(sys.argv[1]), sys.argv[2]
    print(f"starting on port {port}", flush=True)
    if behaviour == "dies":
        print("no licence to live", file=sys.stderr, flush=True)
        sys.exit(3)
    if behaviour == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    if behaviour == "hangs":
        # Its port closes but its process lives on, as Rasa's can.
        threading.Thread(target=server.serve_forever, daemon=True).start()
        time.sleep(1)
        server.shutdown()
        server.server_close()
        time.sleep(60)
    server.serve_forever()


if __name__ == "__main__":
    main()
