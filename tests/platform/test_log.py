import logging

import pytest

from shared.platform.log import Log, about


def test_every_line_inside_says_what_it_is_about(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with about(run_id="r1"), about(instance_id="ingest-r1"):
        Log("tests").info("page written", stones=40)
    Log("tests").info("over")
    assert caplog.messages == ["page written run_id=r1 instance_id=ingest-r1 stones=40", "over"]


def test_a_line_may_say_more_precisely_what_it_is_about(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with about(feed="demo"):
        Log("tests").info("counted", feed="nivoda-natural")
    assert caplog.messages == ["counted feed=nivoda-natural"]
