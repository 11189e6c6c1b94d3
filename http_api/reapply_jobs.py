"""What the endpoints of reapply jobs have in common, for prices and ratings."""

from typing import Any

import azure.functions as func

from http_api.callers import authenticate
from http_api.endpoint import Start, body, path_id, query
from http_api.rule_sets import Because, Data, Listed, started
from shared.access.model import Scope
from shared.platform.db import request_transaction, transaction
from shared.reapply import history, jobs, queries
from shared.reapply.model import Job
from shared.rules.book import Author, Kind


def start(req: func.HttpRequest, kind: Kind) -> Start:
    caller = authenticate(req, Scope.RULES_WRITE)
    asked = body(req, Because)
    job = jobs.start(kind, Author(caller.client_name, asked.reason))
    told = {"message": "Job started.", "id": job.id, "total_diamonds": job.total_diamonds}
    return started(job, told)


def list_jobs(req: func.HttpRequest, kind: Kind) -> Data:
    authenticate(req, Scope.RULES_READ)
    asked = query(req, Listed)
    with request_transaction() as conn:
        found = queries.list_jobs(conn, kind=kind, limit=asked.limit)
    return Data(data={"jobs": [shown(job) for job in found], "total": len(found)})


def get(req: func.HttpRequest, kind: Kind) -> Data:
    authenticate(req, Scope.RULES_READ)
    with request_transaction() as conn:
        job = jobs.get(conn, kind, path_id(req, "job_id"))
        causes = history.of_origin(conn, job.id) if kind == "pricing" else None
    return Data(data=shown(job) | {"price_changes": causes})


def cancel(req: func.HttpRequest, kind: Kind) -> Data:
    authenticate(req, Scope.RULES_WRITE)
    with transaction() as conn:
        return Data(data=shown(jobs.cancel(conn, kind, path_id(req, "job_id"))))


def resume(req: func.HttpRequest, kind: Kind) -> Start:
    authenticate(req, Scope.RULES_WRITE)
    job = jobs.resume(kind, path_id(req, "job_id"))
    told = {"message": "Job resumed.", "id": job.id, "retry_count": job.retry_count}
    return started(job, told)


def revert(req: func.HttpRequest, kind: Kind) -> Start:
    caller = authenticate(req, Scope.RULES_WRITE)
    asked = body(req, Because)
    by = Author(caller.client_name, asked.reason)
    job = jobs.revert(kind, path_id(req, "job_id"), by)
    return started(job, {"message": "Revert started.", "id": job.id})


def shown(job: Job) -> dict[str, Any]:
    return job.model_dump(exclude={"done_to"})
