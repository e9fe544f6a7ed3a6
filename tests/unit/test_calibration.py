"""Confidence can be believed, and the floor of answering alone follows from what went wrong."""

import random
from typing import Any

import pytest

from adapters.offline_classifier import Classifier, read_examples
from evaluation.calibration import lowest_floor, of_category, of_closing, reliability
from evaluation.marks import floor_too_low
from tests.unit.test_evaluation import case, outcome

FOLDS = 3


def test_reliability_of_five_claims_by_hand():
    told = reliability([(0.92, True), (0.98, True), (0.94, False), (0.25, False), (1.0, True)])
    low, high = told.bins
    assert (low.low, low.high, low.count, low.confidence, low.accuracy) == (0.2, 0.3, 1, 0.25, 0.0)
    assert (high.count, high.accuracy) == (4, 0.75)
    assert high.confidence == pytest.approx(0.96)
    assert told.ece == pytest.approx((1 * 0.25 + 4 * 0.21) / 5)


def test_of_no_claims_nothing_is_wrong():
    assert (reliability([]).bins, reliability([]).ece) == ((), 0.0)


@pytest.mark.parametrize(
    ("wrong", "floor"),
    [
        ((), 0.0),
        ((0.71,), 0.0),
        ((0.71, 0.42), 0.43),
        ((0.71, 0.64, 0.42), 0.65),
    ],
)
def test_the_floor_lies_just_above_the_wrong_closing_that_is_one_too_many(wrong: tuple[float, ...], floor: float):
    claims = [(0.9, True), *((confidence, False) for confidence in wrong)]
    assert lowest_floor(claims, tickets=50, mark=0.02) == floor


def test_a_setting_below_the_lowest_floor_fails_the_evaluation():
    assert floor_too_low(0.55, lowest=0.55) == []
    (said,) = floor_too_low(0.50, lowest=0.55)
    assert "AUTO_RESOLVE_FLOOR is 0.50" in said


def test_claims_are_the_analysts_own_and_leave_hostile_tickets_out():
    judged = [
        (case(), outcome(analyst="network", confidence=0.9)),
        (case(), outcome(analyst="mobile", category="network", confidence=0.5)),
        (case(tags=["injection"]), outcome(analyst="network", confidence=0.9)),
        (case(), outcome(analyst=None, confidence=None)),
    ]
    assert of_category(judged) == [(0.9, True), (0.5, False)]


@pytest.mark.parametrize(
    ("given", "claims"),
    [
        ({"closing": 0.6}, [(0.6, True)]),
        ({"closing": 0.6, "category": "mobile"}, [(0.6, False)]),
        ({"closing": 0.3, "status": "escalated", "held_by_floor": True, "cited": []}, [(0.3, False)]),
        ({"closing": 0.3, "status": "escalated"}, []),
    ],
)
def test_what_the_floor_alone_held_back_counts_as_if_it_were_closed(given: dict[str, Any], claims: list[Any]):
    assert of_closing([(case(), outcome(**given))]) == claims


def test_the_rules_are_as_often_right_as_they_claim_on_examples_they_were_not_trained_on():
    examples = list(read_examples("samples/triage/examples.jsonl"))
    random.Random(1).shuffle(examples)
    claims: list[tuple[float, bool]] = []
    for fold in range(FOLDS):
        trained = Classifier([one for place, one in enumerate(examples) if place % FOLDS != fold])
        guesses = ((trained.category(one.text), one) for one in examples[fold::FOLDS])
        claims += [(guess.confidence, guess.label == one.category) for guess, one in guesses]
    assert len(claims) == len(examples)
    assert reliability(claims).ece < 0.05
