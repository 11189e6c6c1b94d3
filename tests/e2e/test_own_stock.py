"""A list of own stones through the running app, by the command and over HTTP, and a kill."""

from pathlib import Path

from tests.support.installation import Installation
from tests.support.opus import opus
from tests.support.stock import csv_of, stone, stones


def test_a_list_is_imported_by_one_command_and_survives_a_kill(
    installation: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "stock.csv"
    file.write_bytes(csv_of([*stones(300), stone(300, Shape="Blob")]))
    here = {
        "OPUS_URL": installation.app.url,
        "OPUS_KEY": str(installation.client.headers["X-API-Key"]),
    }

    seen = opus("import", file, "--preview", **here)
    assert "300 of 301 lines can be read, 1 cannot." in seen.stdout, seen.stderr
    assert "Blob" in seen.stdout
    done = opus("import", file, **here)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "balanced" in done.stdout
    found = installation.client.get("/v2/diamonds", params={"certificate_number": "2100000007"})
    assert [one["shape"] for one in found.json()["data"]] == ["CUSHION"], found.text

    file.write_bytes(csv_of(stones(299)))
    taken = installation.client.post(
        "/v2/stock/uploads", content=file.read_bytes(), params={"filename": "stock.csv"}
    )
    installation.kill()
    installation.start()
    run = installation.follow(taken.json()["data"]["runId"])

    assert run["status"] == "completed"
    assert (run["summary"]["removed"], run["summary"]["balanced"]) == (1, True)
    assert installation.rows("SELECT count(*) FROM stock_uploads WHERE run_id IS NULL") == [(0,)]
