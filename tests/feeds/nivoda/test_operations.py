"""What we send is what the supplier's published schema allows."""

import graphql
import pytest

from local.partners.nivoda.graph import public_schema
from shared.feeds.nivoda import operations
from shared.feeds.nivoda.operations import NAMES, Operation, document, operation_of


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_fits_the_schema(name: Operation) -> None:
    assert graphql.validate(public_schema(), graphql.parse(document(name))) == []


def test_every_operation_has_its_file_and_every_file_its_operation() -> None:
    files = {path.stem for path in operations.FOLDER.glob("*.graphql")}

    assert files == {*NAMES, "listing"}


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_is_recognised_to_the_letter(name: Operation) -> None:
    assert operation_of(document(name)) == name
    assert operation_of(document(name) + " ") is None


def test_a_page_asks_for_nothing_that_follows_our_account_s_settings() -> None:
    assert not {"discount", "markup_price", "markup_discount"} & set(document("page").split())
