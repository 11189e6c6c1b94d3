"""Every trigger the host can see is registered here."""

import azure.durable_functions as df
import azure.functions as func

from activities import ingestion
from activities import purchases as purchase_steps
from activities import reapply as reapply_steps
from http_api import (
    answers,
    catalogue,
    checkout,
    comparisons,
    cors,
    currency,
    customer_requests,
    dead_letters,
    demo_feed,
    diamonds,
    documentation,
    error_codes,
    graph,
    health,
    heatmap,
    holds,
    incidents,
    keys,
    market,
    mcp,
    metrics,
    nivoda_proxy,
    notifications,
    operations,
    orders,
    payload_drift,
    payloads,
    price_explanation,
    price_lists,
    pricing_rules,
    purchases,
    quality_rules,
    quarantine,
    rating_rules,
    retention,
    runs,
    stock,
    stock_mappings,
    stone,
    supplier_events,
    webhooks,
)
from http_api import selling as selling_books
from orchestrators import ingest, reapply
from orchestrators import purchases as purchase_process
from triggers import access, housekeeping, queues, selling, timers
from triggers import catalogue as catalogue_timers
from triggers import currency as currency_timers
from triggers import market as market_timers
from triggers import reapply as reapply_timers
from triggers import stock as stock_timers
from triggers import webhooks as webhook_timers

# Callers are authenticated in http_api.callers, with keys that have scopes and can be revoked.
app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)

for module in (
    health,
    cors,
    error_codes,
    diamonds,
    answers,
    runs,
    heatmap,
    keys,
    operations,
    quality_rules,
    quarantine,
    payload_drift,
    payloads,
    demo_feed,
    nivoda_proxy,
    notifications,
    dead_letters,
    metrics,
    retention,
    timers,
    housekeeping,
    access,
    queues,
    ingest,
    ingestion,
    graph,
    mcp,
    webhooks,
    webhook_timers,
    catalogue,
    catalogue_timers,
    stone,
    comparisons,
    market,
    market_timers,
    currency,
    currency_timers,
    price_explanation,
    price_lists,
    pricing_rules,
    rating_rules,
    reapply_timers,
    reapply,
    reapply_steps,
    holds,
    purchases,
    orders,
    customer_requests,
    incidents,
    checkout,
    purchase_process,
    purchase_steps,
    selling,
    selling_books,
    stock,
    stock_mappings,
    stock_timers,
    supplier_events,
):
    app.register_functions(module.bp)
app.register_functions(documentation.blueprint(app))
