"""What a cold instance must not pay for before its first request."""

from bench.cold_start import rounds, start

HEAVY = ("azure.identity", "azure.servicebus", "azure.storage.blob", "graphql", "numpy", "stripe")


def test_loading_the_app_opens_no_connection() -> None:
    assert rounds("import function_app", 1)["connections"] == 0


def test_loading_the_app_leaves_the_heavy_libraries_to_those_who_need_them() -> None:
    loaded = (
        f"import function_app; assert not {{*{HEAVY!r}}} & {{*sys.modules}}, sys.modules.keys()"
    )
    start(loaded)
