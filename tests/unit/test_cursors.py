"""Where a listing goes on: a cursor says it to the listing alone, and nothing else does."""

import base64
import json

import pytest

from adapters.paging import position
from shared.cursors import opaque, place_in
from shared.errors import InvalidCursor


def encoded(content: str) -> str:
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


@pytest.mark.parametrize("place", [("vpn-drops",), ("2026-03-02T09:00:00.000000+00:00", "t1"), ("", "ü?/")])
def test_a_cursor_leads_back_to_the_place_it_was_made_of(place: tuple[str, ...]):
    assert place_in(opaque(*place), len(place)) == place


@pytest.mark.parametrize(
    "given",
    ["", "anything", "YWJj", "é", "%", opaque("a", "b"), opaque("a") + "=", f" {opaque('a')}"]
    + [
        encoded(content) for content in ('"a"', "[1]", '[["a"]]', '{"a": 1}', '["\\ud800"]', "7", "[" * 5000, '[ "a" ]')
    ],
)
def test_what_no_listing_wrote_is_refused(given: str):
    with pytest.raises(InvalidCursor):
        place_in(given, 1)


@pytest.mark.parametrize("at", ["yesterday", "2026-03-02", "9999-12-31T23:59:59.999999-14:00"])
def test_a_time_that_no_listing_wrote_is_refused(at: str):
    with pytest.raises(InvalidCursor):
        position(encoded(json.dumps([at, "t1"])))
