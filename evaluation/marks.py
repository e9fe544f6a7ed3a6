"""Below which figures an evaluation fails, and what counts as a fall against the committed baseline."""

import json
from pathlib import Path

from evaluation.metrics import Figures

BASELINE = Path(__file__).parent / "baseline.json"
AT_LEAST = {"category_accuracy": 0.80, "p1_recall": 1.0, "security_recall": 1.0}
AT_MOST = {"false_auto_resolve": 0.02}
MUST_NOT_FALL = (
    "category_accuracy", "category_macro_f1", "priority_within_one", "p1_recall", "security_recall",
    "injection_held", "required_escalation_met", "citation_validity", "hit_at_3",
)  # fmt: skip
SLACK = 0.02
"""A fall of less is noise: one case of a half is about 0.015."""


def missed(told: Figures) -> list[str]:
    """Each mark that is not reached, in words."""
    given = told.model_dump()
    low = [f"{name} is {given[name]:.3f}, below {mark}" for name, mark in AT_LEAST.items() if given[name] < mark]
    high = [f"{name} is {given[name]:.3f}, above {mark}" for name, mark in AT_MOST.items() if given[name] > mark]
    failed = [f"{told.errors} tickets ended in an error"] if told.errors else []
    return low + high + failed


def floor_too_low(floor: float, lowest: float) -> list[str]:
    """The auto-resolve floor of the settings against the lowest that keeps wrong closings within the mark."""
    if floor >= lowest:
        return []
    return [f"AUTO_RESOLVE_FLOOR is {floor:.2f}, and wrong closings are within the mark from {lowest:.2f} only"]


def fallen(told: Figures, before: Figures) -> list[str]:
    """Each figure that is worse than it was, in words."""
    now, then = told.model_dump(), before.model_dump()
    worse = [name for name in MUST_NOT_FALL if now[name] < then[name] - SLACK]
    said = [f"{name} fell from {then[name]:.3f} to {now[name]:.3f}" for name in worse]
    if told.false_auto_resolve > before.false_auto_resolve + SLACK:
        said.append(f"false_auto_resolve rose from {before.false_auto_resolve:.3f} to {told.false_auto_resolve:.3f}")
    return said


def baseline(provider: str, path: Path = BASELINE) -> Figures | None:
    """The held-out figures that were committed for this provider; None where none were."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Figures.model_validate(kept[provider]) if provider in kept else None
