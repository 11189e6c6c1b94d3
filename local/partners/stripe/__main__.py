"""`python -m local.partners.stripe --port P --books FILE --hook URL`."""

import argparse
from pathlib import Path

import uvicorn

from local.partners.stripe.server import HOOK_SECRET, SECRET_KEY, Server


def main() -> None:
    parser = argparse.ArgumentParser(description="A Stripe in which no money moves.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--books", type=Path, default=":memory:", help="an SQLite file")
    parser.add_argument("--secret-key", default=SECRET_KEY)
    parser.add_argument("--hook", help="where events are delivered")
    parser.add_argument("--hook-secret", default=HOOK_SECRET)
    given = parser.parse_args()
    with Server(given.books, given.secret_key) as server:
        if given.hook:
            server.hook(given.hook, given.hook_secret)
        application = server.application()
        uvicorn.run(application, host=given.host, port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
