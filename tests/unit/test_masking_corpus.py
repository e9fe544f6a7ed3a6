"""The recognisers measured on what people write: nothing private is left, nothing else is taken away."""

import pytest

from shared.masking import mask, private_values
from shared.phone_numbers import REGIONS, SHORTEST, shortest
from tests.unit.masking_corpus import NEGATIVE, POSITIVE, Case


def test_the_corpus_is_large_and_speaks_five_languages():
    assert len(POSITIVE) + len(NEGATIVE) >= 200
    languages = {"en", "fr", "de", "es", "it"}
    assert {case.language for case in POSITIVE} == languages
    assert {case.language for case in NEGATIVE} == languages


@pytest.mark.parametrize("case", POSITIVE, ids=lambda case: case.text[:40])
def test_what_is_private_goes_and_nothing_else(case: Case):
    assert sorted(value for _, value in private_values(case.text)) == sorted(case.private)
    masked = mask(case.text)[0]
    assert not [value for value in case.private if value in masked]


@pytest.mark.parametrize("case", NEGATIVE, ids=lambda case: case.text[:40])
def test_what_support_needs_stays(case: Case):
    assert mask(case.text) == (case.text, ())


def test_no_text_is_spared_the_search_that_could_hold_the_shortest_telephone_number():
    assert min(shortest(region) for region in REGIONS) == SHORTEST
    assert mask("Rufen Sie 030/123 456 an")[1] == ("phone",)
    assert mask("tel 06.12.34.56.78")[1] == ("phone",)
