"""Every trigger the host can see is registered here."""

import azure.durable_functions as df
import azure.functions as func

from activities import ingestion
from http_api import demo_feed, diamonds, health, heatmap, nivoda_proxy, quarantine, runs
from orchestrators import ingest
from triggers import timers

# Callers are authenticated in http_api.callers, with keys that have scopes and can be revoked.
app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)

for module in (
    health,
    diamonds,
    runs,
    heatmap,
    quarantine,
    demo_feed,
    nivoda_proxy,
    timers,
    ingest,
    ingestion,
):
    app.register_functions(module.bp)
