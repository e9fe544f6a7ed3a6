"""Cuts a conversation to what agents have room for, by Agent Framework's strategies: calls stay with results."""

from collections.abc import Sequence

from agents.turns import message_of
from shared.facts import MemoryPolicy
from shared.memory import Summary
from shared.thinking import Turn

SUMMARY_ID = "summary"


async def shown_history(turns: Sequence[Turn], summary: Summary | None, policy: MemoryPolicy) -> tuple[Turn, ...]:
    """The newest turns within the policy's bounds, after the summary of those before, where there is one."""
    later = _after(turns, summary)
    kept = await _within(later, policy.history_messages, policy.history_tokens)
    if summary is None:
        return kept
    return (Turn(id=SUMMARY_ID, role="assistant", text=summary.text), *kept)


async def to_summarise(turns: Sequence[Turn], summary: Summary | None, policy: MemoryPolicy) -> tuple[Turn, ...]:
    """The turns that a new summary is to stand for: none while everything fits, else all but the newer half.

    Half, so that not every turn from then on needs a summary of its own.
    """
    later = _after(turns, summary)
    if len(await _within(later, policy.history_messages, policy.history_tokens)) == len(later):
        return ()
    kept = await _within(later, max(1, policy.history_messages // 2), max(1, policy.history_tokens // 2))
    return tuple(later[: len(later) - len(kept)])


def _after(turns: Sequence[Turn], summary: Summary | None) -> list[Turn]:
    """Turns that the summary does not cover; all of them when its last turn has been trimmed away since."""
    if summary is None:
        return list(turns)
    covered = next((number for number, turn in enumerate(turns, start=1) if turn.id == summary.through), 0)
    return list(turns[covered:])


async def _within(turns: Sequence[Turn], messages: int, tokens: int) -> tuple[Turn, ...]:
    if len(turns) <= 1:
        return tuple(turns)
    from agent_framework import (
        CharacterEstimatorTokenizer,
        TokenBudgetComposedStrategy,
        TruncationStrategy,
        apply_compaction,
    )

    given = [message_of(turn) for turn in turns]
    by_count = TruncationStrategy(max_n=messages, compact_to=messages)
    budget = TokenBudgetComposedStrategy(token_budget=tokens, tokenizer=CharacterEstimatorTokenizer(), strategies=[])
    left = await apply_compaction(given, strategy=by_count)
    left = await apply_compaction(left, strategy=budget, tokenizer=CharacterEstimatorTokenizer())
    kept = {message.message_id for message in left}
    return tuple(turn for turn in turns if turn.id in kept)
