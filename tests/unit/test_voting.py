"""Counting: who wins under which rule, and when nobody does."""

import pytest

from shared.collaboration import Ballot
from shared.voting import Rule, count


def ballots(*choices: str | None, confidence: float = 0.5) -> dict[str, Ballot]:
    return {f"v{n}": Ballot(choice=choice, confidence=confidence, why="") for n, choice in enumerate(choices)}


def voters(number: int) -> tuple[str, ...]:
    return tuple(f"v{n}" for n in range(number))


@pytest.mark.parametrize(
    ("cast", "of", "winner"),
    [
        (("a", "a", "b"), 3, "a"),
        (("a", "a"), 3, "a"),
        (("a", "a", "b"), 5, "a"),
        (("a", "b"), 3, None),
        (("a", "b", "c"), 3, None),
        (("a", "a", "b", "b"), 4, None),
        (("a", "a", "b", "c"), 4, None),
        (("a",), 1, "a"),
        (("a",), 3, None),
        ((), 3, None),
    ],
)
def test_a_majority_is_more_than_half_of_the_votes_if_more_than_half_voted(
    cast: tuple[str, ...], of: int, winner: str | None
):
    assert count(ballots(*cast), voters(of)).winner == winner


@pytest.mark.parametrize("rule", ["majority", "unanimous", "weighted"])
@pytest.mark.parametrize(("failed", "decided"), [(0, True), (1, True), (2, True), (3, False), (4, False), (5, False)])
def test_a_failed_minority_of_five_is_tolerated_under_every_rule(rule: Rule, failed: int, decided: bool):
    tally = count(ballots(*["a"] * (5 - failed)), voters(5), rule)
    assert (tally.winner == "a") is decided
    assert len(tally.silent) == failed
    assert decided or "no quorum" in tally.why


def test_unanimous_means_that_nobody_who_voted_differs():
    assert count(ballots("a", "a", "a"), voters(3), "unanimous").winner == "a"
    tally = count(ballots("a", "a", "b"), voters(3), "unanimous")
    assert tally.winner is None
    assert "not unanimous" in tally.why


def test_weighted_lets_one_sure_voter_outweigh_two_unsure_ones():
    cast = {
        "v0": Ballot(choice="a", confidence=0.9, why=""),
        "v1": Ballot(choice="b", confidence=0.3, why=""),
        "v2": Ballot(choice="b", confidence=0.3, why=""),
    }
    assert count(cast, voters(3), "weighted").winner == "a"
    assert count(cast, voters(3), "majority").winner == "b"


def test_votes_without_any_weight_decide_nothing():
    assert count(ballots("a", "a", confidence=0.0), voters(2), "weighted").winner is None


def test_who_abstains_does_not_count_towards_the_quorum():
    tally = count(ballots("a", None, None), voters(3))
    assert (tally.winner, tally.silent) == (None, ("v1", "v2"))


@pytest.mark.parametrize("rule", ["majority", "unanimous", "weighted"])
@pytest.mark.parametrize("quorum", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("voted", [0, 1, 2, 3, 4, 5])
def test_a_vote_counts_from_the_quorum_on_and_not_before(rule: Rule, quorum: int, voted: int):
    tally = count(ballots(*["a"] * voted), voters(5), rule, quorum)
    assert (tally.winner == "a") is (voted >= quorum)
    assert tally.quorum == quorum
    assert tally.winner or f"{voted} of 5 voted, {quorum} must" in tally.why


@pytest.mark.parametrize("rule", ["majority", "unanimous", "weighted"])
def test_a_quorum_met_does_not_decide_a_tie(rule: Rule):
    assert count(ballots("a", "b"), voters(5), rule, quorum=2).winner is None


def test_within_a_small_quorum_the_rule_decides():
    cast = ballots("a", "a", "b")
    assert count(cast, voters(9), "majority", quorum=3).winner == "a"
    assert count(cast, voters(9), "unanimous", quorum=3).winner is None
    assert count(cast | {"v2": Ballot(choice="b", confidence=1.0, why="")}, voters(9), "weighted", 3).winner is None


def test_who_failed_or_abstained_does_not_help_a_quorum_to_be_met():
    assert count(ballots("a", None, None), voters(5), quorum=2).winner is None
    assert count(ballots("a", "a", None), voters(5), quorum=2).winner == "a"


def test_the_votes_are_laid_out_for_a_person():
    tally = count(ballots("a", "b"), voters(2))
    assert tally.why == "no majority (v0: a, v1: b)"
    assert set(tally.ballots) == {"v0", "v1"}
