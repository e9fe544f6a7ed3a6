"""The circuit breaker, on a clock that a test moves."""

from shared.breaker import BreakerPolicy, Circuit, Outcome, ask_to_pass, settle, state_of

POLICY = BreakerPolicy(failures=5, reset_s=60, probe_s=70)


def after(circuit: Circuit, *outcomes: Outcome, now: float = 0) -> Circuit:
    """The circuit once calls that were let through have ended so."""
    for outcome in outcomes:
        circuit, wait = ask_to_pass(circuit, POLICY, "call", now)
        assert wait is None
        circuit = settle(circuit, POLICY, "call", outcome, now)
    return circuit


def opened(at: float = 0) -> Circuit:
    return after(Circuit(), "failed", "failed", "failed", "failed", "failed", now=at)


def test_four_failures_leave_it_closed_and_the_fifth_opens_it():
    four = after(Circuit(), "failed", "failed", "failed", "failed")
    assert state_of(four, POLICY, 0) == "closed"
    assert state_of(after(four, "failed"), POLICY, 0) == "open"


def test_only_failures_in_a_row_count():
    circuit = after(Circuit(), "failed", "failed", "failed", "failed", "ok", "failed", "failed", "failed", "failed")
    assert state_of(circuit, POLICY, 0) == "closed"


def test_what_says_nothing_about_the_model_neither_counts_nor_starts_anew():
    circuit = after(Circuit(), "failed", "failed", "failed", "neutral", "neutral", "failed")
    assert circuit.failures == 4
    assert state_of(after(circuit, "failed"), POLICY, 0) == "open"


def test_while_open_every_call_is_told_the_rest_of_the_reset_time():
    assert ask_to_pass(opened(at=100), POLICY, "b", 115)[1] == 45


def test_after_the_reset_time_one_call_is_the_probe_and_the_others_wait():
    circuit, wait = ask_to_pass(opened(), POLICY, "probe", 60)
    assert wait is None
    assert state_of(circuit, POLICY, 60) == "half_open"
    for other in range(20):
        circuit, wait = ask_to_pass(circuit, POLICY, f"call-{other}", 61)
        assert wait == 5


def test_a_probe_that_is_answered_closes_the_circuit_with_a_clean_record():
    circuit, _ = ask_to_pass(opened(), POLICY, "probe", 60)
    assert settle(circuit, POLICY, "probe", "ok", 61) == Circuit()


def test_a_probe_that_fails_opens_it_for_another_reset_time():
    circuit, _ = ask_to_pass(opened(), POLICY, "probe", 60)
    circuit = settle(circuit, POLICY, "probe", "failed", 62)
    assert ask_to_pass(circuit, POLICY, "next", 63)[1] == 59
    assert ask_to_pass(circuit, POLICY, "next", 122)[1] is None


def test_a_probe_that_says_nothing_leaves_its_place_to_the_next_call():
    circuit, _ = ask_to_pass(opened(), POLICY, "probe", 60)
    circuit = settle(circuit, POLICY, "probe", "neutral", 61)
    assert ask_to_pass(circuit, POLICY, "next", 61)[1] is None


def test_a_probe_whose_process_died_is_replaced_and_its_late_word_does_not_count():
    circuit, _ = ask_to_pass(opened(), POLICY, "dead", 60)
    assert ask_to_pass(circuit, POLICY, "next", 129)[1] == 1
    circuit, wait = ask_to_pass(circuit, POLICY, "next", 130)
    assert wait is None
    assert settle(circuit, POLICY, "dead", "ok", 131) == circuit
    assert settle(circuit, POLICY, "next", "ok", 131) == Circuit()


def test_calls_that_had_begun_before_it_opened_neither_close_it_nor_prolong_it():
    circuit = opened(at=10)
    assert settle(circuit, POLICY, "early", "ok", 20) == circuit
    assert settle(circuit, POLICY, "early", "failed", 20) == circuit


def test_a_probe_that_asks_again_after_a_lost_answer_is_still_the_probe():
    circuit, _ = ask_to_pass(opened(), POLICY, "probe", 60)
    assert ask_to_pass(circuit, POLICY, "probe", 60.5)[1] is None
