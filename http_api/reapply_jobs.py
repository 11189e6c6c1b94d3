"""What the endpoints of reapply jobs have in common, for prices and ratings."""

from typing import Any

from http_api.endpoint import Call, Nothing, Start
from http_api.rule_sets import Because, Data, Listed, started
from shared.platform.db import request_transaction, transaction
from shared.reapply import history, jobs, queries
from shared.reapply.model import Job
from shared.rules.book import Author, Kind


def start(call: Call[Because], kind: Kind) -> Start[Data]:
    asked = call.asked
    job = jobs.start(kind, Author(call.caller.client_name, asked.reason))
    told = {"message": "Job started.", "id": job.id, "total_diamonds": job.total_diamonds}
    return started(job, told)


def list_jobs(call: Call[Listed], kind: Kind) -> Data:
    asked = call.asked
    with request_transaction() as conn:
        found = queries.list_jobs(conn, kind=kind, limit=asked.limit)
    return Data(data={"jobs": [shown(job) for job in found], "total": len(found)})


def get(call: Call[Nothing], kind: Kind) -> Data:
    with request_transaction() as conn:
        job = jobs.get(conn, kind, call.id("job_id"))
        causes = history.of_origin(conn, job.id) if kind == "pricing" else None
    return Data(data=shown(job) | {"price_changes": causes})


def cancel(call: Call[Nothing], kind: Kind) -> Data:
    with transaction() as conn:
        return Data(data=shown(jobs.cancel(conn, kind, call.id("job_id"))))


def resume(call: Call[Nothing], kind: Kind) -> Start[Data]:
    job = jobs.resume(kind, call.id("job_id"))
    told = {"message": "Job resumed.", "id": job.id, "retry_count": job.retry_count}
    return started(job, told)


def revert(call: Call[Because], kind: Kind) -> Start[Data]:
    asked = call.asked
    by = Author(call.caller.client_name, asked.reason)
    job = jobs.revert(kind, call.id("job_id"), by)
    return started(job, {"message": "Revert started.", "id": job.id})


def shown(job: Job) -> dict[str, Any]:
    return job.model_dump(exclude={"done_to"})
