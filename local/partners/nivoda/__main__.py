"""`python -m local.partners.nivoda --port P --natural N --labgrown M --seed S`."""

import argparse

import uvicorn

from local.partners.nivoda.server import PATH, Server
from local.partners.nivoda.sessions import ACCOUNT, PASSWORD
from local.partners.nivoda.supplier import Supplier

NATURAL = 437_849
"""As many as Nivoda had on 2026-02-12."""
LABGROWN = 904_000


def main() -> None:
    parser = argparse.ArgumentParser(description="A supplier that speaks Nivoda's GraphQL.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--natural", type=int, default=NATURAL)
    parser.add_argument("--labgrown", type=int, default=LABGROWN)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    supplier = Supplier(natural=given.natural, labgrown=given.labgrown, seed=given.seed)
    stones = len(supplier.natural)  # made before anybody waits for them
    url = f"http://{given.host}:{given.port}{PATH}"
    print(f"{stones:,} natural stones at {url} for {ACCOUNT} / {PASSWORD}", flush=True)
    application = Server(supplier).application()
    uvicorn.run(application, host=given.host, port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
