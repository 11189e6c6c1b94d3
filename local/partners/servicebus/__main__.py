"""`python -m local.partners.servicebus`: a namespace in which every name is a queue."""

import argparse
import socket

from local.host.servicebus.broker import Broker, Rules
from local.partners.servicebus.emulator import serve
from local.partners.servicebus.wire import lock_token


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.partners.servicebus")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5672)
    parser.add_argument("--data", default=":memory:", help="keep messages in this SQLite file")
    parser.add_argument("--lock-seconds", type=float, default=60)
    parser.add_argument("--max-deliveries", type=int, default=10)
    parser.add_argument("--duplicate-window", type=float, default=600, help="seconds")
    given = parser.parse_args()
    given.port = given.port or free_port(given.host)
    rules = Rules(given.lock_seconds, given.max_deliveries, given.duplicate_window)
    broker = Broker(given.data, rules=rules, make_token=lock_token)
    broker.unlock_all()
    serve(broker, given.host, given.port, lambda: print(connection(given), flush=True))


def free_port(host: str) -> int:
    with socket.create_server((host, 0)) as probe:
        return int(probe.getsockname()[1])


def connection(given: argparse.Namespace) -> str:
    return (
        f"Endpoint=sb://{given.host}:{given.port};SharedAccessKeyName=local;SharedAccessKey=bG9jYWw=;"
        "UseDevelopmentEmulator=true"
    )


if __name__ == "__main__":
    main()
