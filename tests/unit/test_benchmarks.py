"""What the benchmark of a power cut counts: a call whose answer was kept must not be made again, and would be seen."""

from benchmarks.crash import repeats

KILLED_AT = 10.0
DONE = {"t1": [2.0, 4.0, 12.0], "t2": [11.0, 13.0, 14.0]}
"""When each answer was kept: of t1 two before the kill, of t2 none."""


def test_what_was_under_way_at_the_kill_is_asked_again_and_nothing_else():
    before = [("t1", 1.0), ("t1", 3.0), ("t1", 9.0), ("t2", 9.5)]
    after = [("t1", 11.5), ("t2", 10.5), ("t2", 12.5), ("t2", 13.5)]
    assert repeats(before + after, DONE, KILLED_AT) == {
        "committed_at_kill": 2,
        "committed_repeated": 0,
        "in_flight_repeated": 2,
    }


def test_a_call_that_is_made_again_although_its_answer_was_kept_is_counted():
    before = [("t1", 1.0), ("t1", 3.0)]
    after = [("t1", 10.5), ("t1", 11.5), ("t2", 10.5), ("t2", 12.5), ("t2", 13.5)]
    assert repeats(before + after, DONE, KILLED_AT)["committed_repeated"] == 1
