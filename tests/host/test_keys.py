"""Keys open what they should, and nothing else."""

import stat
from pathlib import Path

import pytest

from tests.support.host import APPS, RunningHost, running

OPENS = {
    "/api/echo/known": {"none", "wrong", "function", "system", "master"},
    "/api/with-key": {"function", "master"},
    "/api/with-master": {"master"},
    "/admin/functions": {"master"},
    "/admin/host/status": {"none", "wrong", "function", "system", "master"},
    "/runtime/webhooks/durabletask/instances": {"system", "master"},
}


@pytest.mark.parametrize("path", OPENS)
@pytest.mark.parametrize("key", ["none", "wrong", "function", "system", "master"])
@pytest.mark.parametrize("place", ["header", "query"])
def test_a_key_opens_only_its_own_doors(web: RunningHost, path: str, key: str, place: str) -> None:
    value = {"none": "", "wrong": "x" * 43}.get(key) or web.keys.get(key, "")
    headers = {"x-functions-key": value} if place == "header" else {}
    query = {"code": value} if place == "query" else {}

    answer = web.client.get(path, headers=headers, params=query)

    assert answer.status_code == (200 if key in OPENS[path] else 401)


def test_the_keys_are_for_the_owner_only_and_stay(web: RunningHost, tmp_path: Path) -> None:
    assert stat.S_IMODE((web.state / "keys.json").stat().st_mode) == 0o600

    with running(APPS / "samples", tmp_path) as first:
        keys = first.keys
    with running(APPS / "samples", tmp_path) as second:
        assert second.keys == keys


def test_without_auth_everything_is_open(tmp_path: Path) -> None:
    settings = {"NIGHTLY": "0 0 2 * * *", "NOTES": str(tmp_path / "notes")}
    with running(APPS / "web", tmp_path, settings, "--no-auth") as host:
        assert host.client.get("/api/with-master").text == "admin"
