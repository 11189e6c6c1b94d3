"""Pricing rules over HTTP: sets, drafts, previews, and the jobs that apply them."""

import azure.durable_functions as df
import azure.functions as func

from http_api import reapply_jobs, rule_sets
from http_api.endpoint import Call, Nothing, Start, endpoint, starter
from http_api.rule_sets import Activate, Because, Data, Exported, Listed, NewDraft, SavedRule
from shared.access.model import Scope
from shared.rules.book import Kind

bp = df.Blueprint()

KIND: Kind = "pricing"
ANONYMOUS = func.AuthLevel.ANONYMOUS


@bp.route("v2/pricing-rules", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_READ, query=Listed)
def list_pricing_rules(call: Call[Listed]) -> Data:
    """The active rules, or those of a version, in the order in which they are tried."""
    return rule_sets.list_rules(call, KIND)


@bp.route("v2/pricing-rules", methods=["POST"], auth_level=ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(scope=Scope.RULES_WRITE, body=SavedRule, status=201)
def create_pricing_rule(call: Call[SavedRule]) -> Start[Data] | Data:
    """Add a rule to a draft; with recalculation it decides at once, unless a job runs."""
    return rule_sets.save_rule(call, KIND, rule_id=None)


@bp.route("v2/pricing-rules/{rule_id}", methods=["PUT"], auth_level=ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(scope=Scope.RULES_WRITE, body=SavedRule, status=200)
def update_pricing_rule(call: Call[SavedRule]) -> Start[Data] | Data:
    """Change a rule in a draft; with recalculation at once."""
    return rule_sets.save_rule(call, KIND, rule_id=call.id("rule_id"))


@bp.route("v2/pricing-rules/{rule_id}", methods=["DELETE"], auth_level=ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(scope=Scope.RULES_WRITE, body=SavedRule, status=200)
def delete_pricing_rule(call: Call[SavedRule]) -> Start[Data] | Data:
    """Leave a rule out of a draft; with recalculation at once."""
    return rule_sets.delete_rule(call, KIND)


@bp.route("v2/pricing-rules/audit", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_READ, query=Listed)
def list_pricing_rule_audit(call: Call[Listed]) -> Data:
    """Who did what to the rules, and why; newest first."""
    return rule_sets.list_audit(call, KIND)


@bp.route("v2/pricing-rules/sets", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_READ, query=Listed)
def list_pricing_rule_sets(call: Call[Listed]) -> Data:
    """Versions, newest first, and the seeds to start from."""
    return rule_sets.list_sets(call, KIND)


@bp.route("v2/pricing-rules/sets", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_WRITE, body=NewDraft, status=201)
def create_pricing_rule_set(call: Call[NewDraft]) -> Data:
    """A draft: a copy, a seed, or imported rules."""
    return rule_sets.create_set(call, KIND)


@bp.route("v2/pricing-rules/sets/{version}/export", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(
    scope=Scope.RULES_READ,
    query=Exported,
    path={"version": int},
    produces=("application/json", "text/csv"),
)
def export_pricing_rule_set(call: Call[Exported]) -> Data | func.HttpResponse:
    """A version as JSON or CSV, to be imported elsewhere."""
    return rule_sets.export_set(call, KIND)


@bp.route("v2/pricing-rules/sets/{version}/lint", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_READ, path={"version": int})
def lint_pricing_rule_set(call: Call[Nothing]) -> Data:
    """Rules that lose, and gaps, with example stones."""
    return rule_sets.lint_set(call, KIND)


@bp.route("v2/pricing-rules/sets/{version}/preview", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_WRITE, path={"version": int})
def preview_pricing_rule_set(call: Call[Nothing]) -> Data:
    """What a version would do to every stone; the token activates it."""
    return rule_sets.preview_set(call, KIND)


@bp.route("v2/pricing-rules/sets/{version}/activate", methods=["POST"], auth_level=ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(scope=Scope.RULES_WRITE, body=Activate, path={"version": int}, status=202)
def activate_pricing_rule_set(call: Call[Activate]) -> Start[Data]:
    """Do exactly what was previewed, or refuse with what moved since."""
    return rule_sets.activate_set(call, KIND)


@bp.route("v2/pricing-rules/sets/{version}", methods=["DELETE"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_WRITE, body=Because, path={"version": int})
def discard_pricing_rule_set(call: Call[Because]) -> Data:
    """Give a draft up."""
    return rule_sets.discard_set(call, KIND)


@bp.route("v2/pricing-rules/reapply/start", methods=["POST"], auth_level=ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(scope=Scope.RULES_WRITE, body=Because, status=202)
def start_pricing_reapply(call: Call[Because]) -> Start[Data]:
    """Apply the active rules to every stone; 409 while a job runs."""
    return reapply_jobs.start(call, KIND)


@bp.route("v2/pricing-rules/reapply/jobs", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_READ, query=Listed)
def list_pricing_reapply_jobs(call: Call[Listed]) -> Data:
    """Jobs, newest first."""
    return reapply_jobs.list_jobs(call, KIND)


@bp.route("v2/pricing-rules/reapply/jobs/{job_id}", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_READ)
def get_pricing_reapply_job(call: Call[Nothing]) -> Data:
    """A job, how far it is, and what it did."""
    return reapply_jobs.get(call, KIND)


@bp.route("v2/pricing-rules/reapply/jobs/{job_id}/cancel", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_WRITE)
def cancel_pricing_reapply_job(call: Call[Nothing]) -> Data:
    """Stop a job before its next batch."""
    return reapply_jobs.cancel(call, KIND)


@bp.route("v2/pricing-rules/reapply/jobs/{job_id}/resume", methods=["POST"], auth_level=ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(scope=Scope.RULES_WRITE, status=202)
def resume_pricing_reapply_job(call: Call[Nothing]) -> Start[Data]:
    """Go on with a failed or cancelled job where it stopped."""
    return reapply_jobs.resume(call, KIND)


@bp.route("v2/pricing-rules/reapply/jobs/{job_id}/revert", methods=["POST"], auth_level=ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(scope=Scope.RULES_WRITE, body=Because, status=202)
def revert_pricing_reapply_job(call: Call[Because]) -> Start[Data]:
    """Undo what a job did, and bring back the rules from before it."""
    return reapply_jobs.revert(call, KIND)
