"""`python -m local.partners.frankfurter --port P`."""

import argparse

import uvicorn

from local.partners.frankfurter.server import Server


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.partners.frankfurter")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    uvicorn.run(Server().application(), host=given.host, port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
