"""The running app's HTTP API, as its commands call it."""

import json
from decimal import Decimal
from typing import Any, Self

import httpx

from local.problem import Problem
from local.workspace import Workspace

Json = dict[str, Any]

NOT_RUNNING = "Start it with ./opus up, or name it with --url and --key."


class Api:
    """Refusals become problems, in the API's own words and with its hint."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, headers={"X-API-Key": key}, timeout=60)

    @classmethod
    def running_from(cls, workspace: Workspace) -> Self:
        """The app that `./opus up` serves from this folder."""
        address = workspace.host / "address"
        if not (address.exists() and workspace.api_key.exists()):
            raise Problem(f"no app is running from {workspace.folder}", NOT_RUNNING)
        return cls(address.read_text().strip(), workspace.api_key.read_text().strip())

    def start_run(self, feed: str, run_type: str) -> str:
        answer = self._send("POST", "/api/v2/runs", json={"feed": feed, "type": run_type})
        return str(answer["data"]["runId"])

    def open_run(self, feed: str) -> str | None:
        runs = self.runs(feed=feed, status="running", limit=1)
        return str(runs[0]["runId"]) if runs else None

    def runs(self, **query: Any) -> list[Json]:
        given = {name: value for name, value in query.items() if value is not None}
        runs: list[Json] = self._send("GET", "/api/v2/runs", params=given)["data"]
        return runs

    def run(self, run_id: str) -> Json:
        run: Json = self._send("GET", f"/api/v2/runs/{run_id}")["data"]
        return run

    def retry_run(self, run_id: str, partition_id: str | None) -> Json:
        body = {"partitionId": partition_id} if partition_id else {}
        run: Json = self._send("POST", f"/api/v2/runs/{run_id}/retry", json=body)["data"]
        return run

    def cancel_run(self, run_id: str) -> Json:
        run: Json = self._send("POST", f"/api/v2/runs/{run_id}/cancel")["data"]
        return run

    def preview_stock(self, content: bytes, mapping: str | None) -> Json:
        params = {"mapping": mapping} if mapping else {}
        path = "/api/v2/stock/preview"
        made: Json = self._send("POST", path, params=params, content=content)["data"]
        return made

    def upload_stock(
        self, content: bytes, *, mapping: str | None, filename: str, complete: bool
    ) -> Json:
        params = {"filename": filename[:200], "complete": str(complete).lower()}
        params |= {"mapping": mapping} if mapping else {}
        path = "/api/v2/stock/uploads"
        upload: Json = self._send("POST", path, params=params, content=content)["data"]
        return upload

    def stock_upload(self, upload_id: str) -> Json:
        upload: Json = self._send("GET", f"/api/v2/stock/uploads/{upload_id}")["data"]
        return upload

    def diamonds(self, **query: Any) -> Json:
        return self._send("GET", "/api/v2/diamonds", params=query)

    def has_exchange_rates(self) -> bool:
        rates = self._send("GET", "/api/v2/exchange-rates")["data"]
        return any(rate["usable"] for rate in rates)

    def seed_demo_supplier(self, function_key: str) -> Json:
        headers = {"x-functions-key": function_key}
        return self._send("POST", "/api/demo-feed/seed", headers=headers)

    def _send(self, method: str, path: str, **options: Any) -> Json:
        try:
            response = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise NotReachable(self.url, error) from error
        if response.is_error:
            raise _problem(response)
        content: Json = json.loads(response.content, parse_float=Decimal)
        return content


class NotReachable(Problem):
    def __init__(self, url: str, error: httpx.TransportError) -> None:
        super().__init__(f"the app at {url} does not answer: {error}", NOT_RUNNING)


def _problem(response: httpx.Response) -> Problem:
    where = f"{response.request.method} {response.request.url.path}"
    try:
        error = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        return Problem(f"{where} answered {response.status_code}: {response.text[:300]}")
    fields = "".join(f"\n  {name}: {fault}" for name, fault in error.get("fields", {}).items())
    said = f"{error['message']} ({error['code']}, trace {error.get('traceId')}){fields}"
    return Problem(said, error.get("hint"))
