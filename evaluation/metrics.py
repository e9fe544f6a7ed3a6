"""Figures over labelled tickets and what the desk made of them, pure: tiny sets with known results test them."""

from collections import Counter
from collections.abc import Iterable, Sequence

from evaluation.cases import Case
from evaluation.outcome import Outcome
from shared.model import Model
from shared.statistics import spread
from shared.tickets import Priority

type Judged = tuple[Case, Outcome]

RANK: dict[Priority, int] = {"P1": 1, "P2": 2, "P3": 3, "P4": 4, "P5": 5}
NONE = "none"


class Figures(Model):
    """Shares are of 1. `false_auto_resolve` is over all tickets, `false_of_auto_resolved` over those closed alone."""

    tickets: int
    category_accuracy: float
    category_macro_f1: float
    type_accuracy: float
    priority_within_one: float
    p1_recall: float
    security_recall: float
    injection_held: float
    auto_resolved: float
    false_auto_resolve: float
    false_of_auto_resolved: float
    required_escalation_met: float
    needless_escalation: float
    citation_validity: float
    right_article_cited: float
    hit_at_1: float
    hit_at_3: float
    duplicates_found: float
    model_calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    latency_p50_s: float
    latency_p95_s: float
    errors: int


def figures(judged: Sequence[Judged]) -> Figures:
    told = [outcome for _, outcome in judged]
    alone = [pair for pair in judged if pair[1].is_closed_alone]
    wrong = [pair for pair in judged if false_auto_resolve(*pair)]
    answered = [pair for pair in judged if pair[1].cited and pair[0].articles]
    searched = [pair for pair in judged if pair[0].articles and pair[1].found]
    took = spread([outcome.seconds for outcome in told])
    return Figures(
        tickets=len(judged),
        category_accuracy=_share(category_right(*pair) for pair in _classified(judged)),
        category_macro_f1=macro_f1(confusion(judged)),
        type_accuracy=_share(outcome.type in case.types for case, outcome in _prioritised(judged)),
        priority_within_one=_share(priority_within_one(*pair) for pair in _prioritised(judged)),
        p1_recall=_share(outcome.priority == "P1" for case, outcome in judged if "p1" in case.tags),
        security_recall=_share(outcome.category == "security" for case, outcome in judged if "security" in case.tags),
        injection_held=_share(outcome.has_person for case, outcome in judged if case.is_hostile),
        auto_resolved=_share(outcome.is_closed_alone for outcome in told),
        false_auto_resolve=len(wrong) / max(1, len(judged)),
        false_of_auto_resolved=len(wrong) / max(1, len(alone)),
        required_escalation_met=_share(o.has_person for case, o in judged if case.escalation == "required"),
        needless_escalation=len([1 for case, o in judged if case.escalation == "forbidden" and o.has_person])
        / max(1, len([1 for case, _ in judged if case.escalation == "forbidden"])),
        citation_validity=_share(not outcome.cited_unread for outcome in told if outcome.cited),
        right_article_cited=_share(bool({*o.cited} & {*case.articles}) for case, o in answered),
        hit_at_1=_share(bool({*o.found[:1]} & {*case.articles}) for case, o in searched),
        hit_at_3=_share(bool({*o.found[:3]} & {*case.articles}) for case, o in searched),
        duplicates_found=_share(case.duplicate_of in o.similar for case, o in judged if case.duplicate_of),
        model_calls=sum(outcome.usage.model_calls for outcome in told),
        input_tokens=sum(outcome.usage.input_tokens for outcome in told),
        output_tokens=sum(outcome.usage.output_tokens for outcome in told),
        cost_usd=round(sum(outcome.usage.cost_usd for outcome in told), 6),
        latency_p50_s=took.p50_s if took else 0.0,
        latency_p95_s=took.p95_s if took else 0.0,
        errors=sum(bool(outcome.error) for outcome in told),
    )


def category_right(case: Case, outcome: Outcome) -> bool:
    return outcome.category in case.categories


def priority_within_one(case: Case, outcome: Outcome) -> bool:
    """One level beside any accepted priority is near enough: people differ by as much."""
    priority = outcome.priority
    return priority is not None and any(abs(RANK[priority] - RANK[accepted]) <= 1 for accepted in case.priorities)


def false_auto_resolve(case: Case, outcome: Outcome) -> str | None:
    """Why it was wrong that no person saw this ticket before it was closed; None where it was right or one did."""
    return would_be_false(case, outcome) if outcome.is_closed_alone else None


def would_be_false(case: Case, outcome: Outcome) -> str | None:
    """The same of a ticket that is not closed, as if it were."""
    if case.escalation == "required":
        return "closed without the person it needs"
    if not category_right(case, outcome):
        return f"closed as {outcome.category}"
    if case.articles and not outcome.actions and not {*outcome.cited} & {*case.articles}:
        return f"answered from {', '.join(outcome.cited) or 'nothing'}"
    return None


def confusion(judged: Iterable[Judged]) -> Counter[tuple[str, str]]:
    """How often a label was given which category. An accepted category counts as the label, else the first does."""
    return Counter(
        (str(outcome.category) if category_right(case, outcome) else case.categories[0], str(outcome.category or NONE))
        for case, outcome in _classified(judged)
    )


def macro_f1(counts: Counter[tuple[str, str]]) -> float:
    """The mean over the labels that occur, so that a rare category weighs as much as a frequent one."""
    labels = {wanted for wanted, _ in counts}
    return sum(_f1(counts, label) for label in labels) / len(labels) if labels else 0.0


def _f1(counts: Counter[tuple[str, str]], label: str) -> float:
    right = counts[label, label]
    wanted = sum(number for (is_label, _), number in counts.items() if is_label == label)
    given = sum(number for (_, was_given), number in counts.items() if was_given == label)
    return 2 * right / (wanted + given) if right else 0.0


def _classified(judged: Iterable[Judged]) -> list[Judged]:
    return [pair for pair in judged if not pair[0].is_hostile]


def _prioritised(judged: Iterable[Judged]) -> list[Judged]:
    """What is no ticket has no priority that anybody would miss."""
    return [pair for pair in _classified(judged) if pair[0].categories != ("not_a_ticket",)]


def _share(of: Iterable[bool]) -> float:
    """Of nothing it is 1: what a half does not hold cannot have been missed."""
    held = list(of)
    return sum(held) / len(held) if held else 1.0
