"""Run it: python -m csm.local_stripe --port 12111 --state .local/stripe.sqlite --webhook-url … --webhook-secret …"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from csm.local_stripe.api import Api
from csm.local_stripe.background import Background
from csm.local_stripe.server import Server
from csm.local_stripe.store import Store


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m csm.local_stripe", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="SQLite file that keeps everything")
    parser.add_argument("--public-url", help="address of the hosted pages; http://HOST:PORT unless told")
    parser.add_argument("--webhook-url", action="append", default=[])
    parser.add_argument("--webhook-secret", default="whsec_local")
    parser.add_argument("--secret-key", default="sk_test_local")
    parser.add_argument("--no-check-answers", action="store_true", help="faster: answers are not validated")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    api = Api(
        Store(given.state),
        public_url=given.public_url or f"http://{given.host}:{given.port}",
        webhook_urls=given.webhook_url,
        secret_key=given.secret_key,
        check_answers=not given.no_check_answers,
    )
    try:
        server = Server((given.host, given.port), api)
    except OSError as error:
        print(f"local Stripe: port {given.port} cannot be used: {error.strerror}", file=sys.stderr)
        return 1
    background = Background(api, given.webhook_secret)
    background.start()

    def stop(*_signal: object) -> None:
        background.stopping.set()
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"local Stripe ready on http://{given.host}:{server.server_address[1]}", flush=True)
    server.serve_forever(poll_interval=0.1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
