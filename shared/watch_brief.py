"""The daily brief as readers get it, and what code can tell of its quality."""

from collections.abc import Sequence

from shared.content import word_count
from shared.watch import FEWEST_ITEMS, MOST_ITEMS, SUMMARY_WORDS, AlertList, Collection, Item, WatchAnalysis, WatchBrief
from shared.watch_cycles import Check, CycleMetrics

SECTIONS = ("Executive summary", "Findings", "Analysis", "Recommendations", "Sources", "Quality")


def brief_text(subject: str, brief: WatchBrief, items: Sequence[Item], metrics: CycleMetrics | None = None) -> str:
    """Markdown. Sources are the collected items' own; the quality is what was measured, once it was."""
    parts = {
        "Executive summary": brief.executive_summary,
        "Findings": _lines(brief.findings),
        "Analysis": brief.analysis,
        "Recommendations": _lines(brief.recommendations),
        "Sources": _lines([_source(item) for item in items]),
        "Quality": _quality(metrics),
    }
    sections = (f"## {title}\n\n{text.strip()}" for title, text in parts.items())
    return "\n\n".join((f"# Daily brief: {subject}", *sections)) + "\n"


def checks(
    collection: Collection | None,
    analysis: WatchAnalysis | None,
    text: str | None,
    brief: WatchBrief | None,
    alerts: AlertList | None,
) -> tuple[Check, ...]:
    """What must hold of a cycle's output, whoever wrote it; what is missing does not hold."""
    count = len(collection.items) if collection else 0
    fewest = min(FEWEST_ITEMS, collection.candidates) if collection else FEWEST_ITEMS
    bare = [item.id for item in collection.items if not item.source or not item.summary] if collection else []
    words = word_count(brief.executive_summary) if brief else 0
    missing = [title for title in SECTIONS if f"## {title}\n" not in (text or "")]
    rated = [*analysis.trends, *analysis.opportunities, *analysis.risks] if analysis else []
    return (
        Check(name="items", passed=fewest <= count <= MOST_ITEMS and collection is not None, detail=f"{count} items"),
        Check(name="sources", passed=collection is not None and not bare, detail=f"{len(bare)} without a source"),
        Check(name="analysis", passed=analysis is not None, detail=f"{len(rated)} statements with a priority"),
        Check(name="word_limit", passed=0 < words <= SUMMARY_WORDS, detail=f"{words} words of {SUMMARY_WORDS}"),
        Check(name="sections", passed=not missing, detail=f"missing: {', '.join(missing) or 'none'}"),
        Check(name="alerts", passed=alerts is not None, detail=f"{len(alerts.alerts) if alerts else 0} alerts"),
    )  # fmt: skip


def _lines(texts: Sequence[str]) -> str:
    return "\n".join(f"- {' '.join(text.split())}" for text in texts) or "None."


def _source(item: Item) -> str:
    date = f", {item.date.date().isoformat()}" if item.date else ""
    return f"{item.title} ({item.source}{date})"


def _quality(metrics: CycleMetrics | None) -> str:
    if metrics is None:
        return "Not measured yet."
    score = "not scored" if metrics.quality_score is None else f"{metrics.quality_score:.2f} of 1"
    marks = [f"{name}: {mark} of 10" for name, mark in (metrics.rubric or {}).items()]
    held = [
        f"{check.name}: {'holds' if check.passed else 'does not hold'} ({check.detail})" for check in metrics.checks
    ]
    return _lines([f"Score: {score}", *marks, *held])
