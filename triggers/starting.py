"""Giving a run its orchestration."""

import azure.durable_functions as df

from shared.ingestion.model import Run
from shared.ingestion.payloads import IngestRun
from shared.platform.settings import settings

INGEST_RUN = "ingest_run"


async def begin(client: df.DurableOrchestrationClient, run: Run) -> None:
    request = IngestRun.with_settings(run, settings().ingest)
    await client.start_new(INGEST_RUN, run.instance_id, request.model_dump(mode="json"))
