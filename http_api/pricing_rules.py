"""Pricing rules over HTTP: sets, drafts, previews, and the jobs that apply them."""

import azure.durable_functions as df
import azure.functions as func

from http_api import reapply_jobs, rule_sets
from http_api.endpoint import Start, endpoint, path_id, starter
from http_api.rule_sets import Data
from shared.rules.book import Kind

bp = df.Blueprint()

KIND: Kind = "pricing"
ANONYMOUS = func.AuthLevel.ANONYMOUS


@bp.route("v2/pricing-rules", methods=["GET"], auth_level=ANONYMOUS)
@endpoint()
def list_pricing_rules(req: func.HttpRequest) -> Data:
    """The active rules, or those of a version, in the order in which they are tried."""
    return rule_sets.list_rules(req, KIND)


@bp.route("v2/pricing-rules", methods=["POST"], auth_level=ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(status=201)
def create_pricing_rule(req: func.HttpRequest) -> Start | Data:
    """Add a rule to a draft; with recalculation it decides at once, unless a job runs."""
    return rule_sets.save_rule(req, KIND, rule_id=None)


@bp.route("v2/pricing-rules/{rule_id}", methods=["PUT"], auth_level=ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(status=200)
def update_pricing_rule(req: func.HttpRequest) -> Start | Data:
    """Change a rule in a draft; with recalculation at once."""
    return rule_sets.save_rule(req, KIND, rule_id=path_id(req, "rule_id"))


@bp.route("v2/pricing-rules/{rule_id}", methods=["DELETE"], auth_level=ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(status=200)
def delete_pricing_rule(req: func.HttpRequest) -> Start | Data:
    """Leave a rule out of a draft; with recalculation at once."""
    return rule_sets.delete_rule(req, KIND)


@bp.route("v2/pricing-rules/audit", methods=["GET"], auth_level=ANONYMOUS)
@endpoint()
def list_pricing_rule_audit(req: func.HttpRequest) -> Data:
    """Who did what to the rules, and why; newest first."""
    return rule_sets.list_audit(req, KIND)


@bp.route("v2/pricing-rules/sets", methods=["GET"], auth_level=ANONYMOUS)
@endpoint()
def list_pricing_rule_sets(req: func.HttpRequest) -> Data:
    """Versions, newest first, and the seeds to start from."""
    return rule_sets.list_sets(req, KIND)


@bp.route("v2/pricing-rules/sets", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(status=201)
def create_pricing_rule_set(req: func.HttpRequest) -> Data:
    """A draft: a copy, a seed, or imported rules."""
    return rule_sets.create_set(req, KIND)


@bp.route("v2/pricing-rules/sets/{version}/export", methods=["GET"], auth_level=ANONYMOUS)
@endpoint()
def export_pricing_rule_set(req: func.HttpRequest) -> Data | func.HttpResponse:
    """A version as JSON or CSV, to be imported elsewhere."""
    return rule_sets.export_set(req, KIND)


@bp.route("v2/pricing-rules/sets/{version}/lint", methods=["GET"], auth_level=ANONYMOUS)
@endpoint()
def lint_pricing_rule_set(req: func.HttpRequest) -> Data:
    """Rules that lose, and gaps, with example stones."""
    return rule_sets.lint_set(req, KIND)


@bp.route("v2/pricing-rules/sets/{version}/preview", methods=["POST"], auth_level=ANONYMOUS)
@endpoint()
def preview_pricing_rule_set(req: func.HttpRequest) -> Data:
    """What a version would do to every stone; the token activates it."""
    return rule_sets.preview_set(req, KIND)


@bp.route("v2/pricing-rules/sets/{version}/activate", methods=["POST"], auth_level=ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(status=202)
def activate_pricing_rule_set(req: func.HttpRequest) -> Start:
    """Do exactly what was previewed, or refuse with what moved since."""
    return rule_sets.activate_set(req, KIND)


@bp.route("v2/pricing-rules/sets/{version}", methods=["DELETE"], auth_level=ANONYMOUS)
@endpoint()
def discard_pricing_rule_set(req: func.HttpRequest) -> Data:
    """Give a draft up."""
    return rule_sets.discard_set(req, KIND)


@bp.route("v2/pricing-rules/reapply/start", methods=["POST"], auth_level=ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(status=202)
def start_pricing_reapply(req: func.HttpRequest) -> Start:
    """Apply the active rules to every stone; 409 while a job runs."""
    return reapply_jobs.start(req, KIND)


@bp.route("v2/pricing-rules/reapply/jobs", methods=["GET"], auth_level=ANONYMOUS)
@endpoint()
def list_pricing_reapply_jobs(req: func.HttpRequest) -> Data:
    """Jobs, newest first."""
    return reapply_jobs.list_jobs(req, KIND)


@bp.route("v2/pricing-rules/reapply/jobs/{job_id}", methods=["GET"], auth_level=ANONYMOUS)
@endpoint()
def get_pricing_reapply_job(req: func.HttpRequest) -> Data:
    """A job, how far it is, and what it did."""
    return reapply_jobs.get(req, KIND)


@bp.route("v2/pricing-rules/reapply/jobs/{job_id}/cancel", methods=["POST"], auth_level=ANONYMOUS)
@endpoint()
def cancel_pricing_reapply_job(req: func.HttpRequest) -> Data:
    """Stop a job before its next batch."""
    return reapply_jobs.cancel(req, KIND)


@bp.route("v2/pricing-rules/reapply/jobs/{job_id}/resume", methods=["POST"], auth_level=ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(status=202)
def resume_pricing_reapply_job(req: func.HttpRequest) -> Start:
    """Go on with a failed or cancelled job where it stopped."""
    return reapply_jobs.resume(req, KIND)


@bp.route("v2/pricing-rules/reapply/jobs/{job_id}/revert", methods=["POST"], auth_level=ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(status=202)
def revert_pricing_reapply_job(req: func.HttpRequest) -> Start:
    """Undo what a job did, and bring back the rules from before it."""
    return reapply_jobs.revert(req, KIND)
