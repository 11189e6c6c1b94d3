"""`./opus`: every command by its name."""

import sys

import psycopg
import typer

from local.commands import checks, functions, keys, migrate, openapi, runs, stock, up
from local.postgres import PostgresFailed
from local.problem import Problem
from local.screen import complain
from shared.platform.migrations import MigrationRefused

app = typer.Typer(
    name="opus",
    no_args_is_help=True,
    add_completion=False,
    help="""Diamond Opus keeps a diamond retailer's shop stocked.

    New here? **./opus up** brings up everything on this machine, with real diamonds in it.""",
    rich_markup_mode="markdown",
)
app.command()(up.up)
app.command(rich_help_panel="Runs")(runs.run)
app.command(rich_help_panel="Runs")(runs.runs)
app.command(rich_help_panel="Runs")(runs.retry)
app.command(rich_help_panel="Runs")(runs.cancel)
app.command("import", rich_help_panel="Runs")(stock.import_stock)
app.command(rich_help_panel="Database")(migrate.migrate)
app.add_typer(keys.app, name="keys", rich_help_panel="Database")
app.command(rich_help_panel="Development")(openapi.openapi)
app.command(rich_help_panel="Development")(checks.check)
app.command(rich_help_panel="Development")(functions.functions)
app.command("bench", rich_help_panel="Development", context_settings=checks.PASS_ON)(
    checks.run_bench
)
app.command("test", rich_help_panel="Development", context_settings=checks.PASS_ON)(
    checks.run_tests
)


def main() -> None:
    try:
        app(prog_name="./opus")
    except Problem as problem:
        complain(problem)
    except PostgresFailed as failure:
        complain(Problem(str(failure)))
    except MigrationRefused as refusal:
        complain(Problem(str(refusal), "An embedded database may be thrown away: delete .opus/."))
    except psycopg.OperationalError as error:
        complain(Problem(f"the database went away: {error}"))
    sys.exit(1)


if __name__ == "__main__":
    main()
