"""The desk's own last day in figures: every number that the crew may speak of is counted here."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.clocks import reading
from shared.desk import TicketDocument
from shared.sla import Calendar
from shared.thinking import ServiceState
from shared.watch import Candidate

RECURS_FROM = 3
"""So many tickets alike are one problem."""
ALIKE = 0.5
"""The share of the words of two subjects that both have, from which the tickets are alike."""
AT_RISK_SHARE = 0.25
"""With less of its time left, an open ticket may not be solved in time."""
MOST_OF_A_KIND = 3
WORD = re.compile(r"\w{2,}")
UNSAID = frozenset(("screened_out", "not_a_ticket"))
"""Routes of tickets whose words say nothing about the desk's work, and may be hostile."""


@dataclass(frozen=True)
class DeskDay:
    """What there is to count: a day, the day before it, and whatever is open now."""

    until: datetime
    came: Sequence[TicketDocument]
    came_before: Sequence[TicketDocument]
    open_now: Sequence[TicketDocument]
    services: Sequence[ServiceState] = ()


def digest(day: DeskDay, calendar: Calendar) -> tuple[Candidate, ...]:
    """What can be said of the day, each with its figures and where a reader sees for himself."""
    return (
        _volume(day),
        _outcomes(day),
        _promises(day, calendar),
        _people(day),
        _cost(day),
        *_recurring(day),
        *_gaps(day),
        *_categories(day),
        *_services(day),
    )


def _volume(day: DeskDay) -> Candidate:
    count, before = len(day.came), len(day.came_before)
    text = f"{count} tickets came in; on the day before it was {before}."
    return _said(day, "volume", "Tickets that came in", text, "volume", "", count=count, before=before)


def _outcomes(day: DeskDay) -> Candidate:
    by = Counter(document.status for document in day.came)
    solved = by["resolved"] + by["closed"]
    text = f"Of {len(day.came)} tickets {solved} are resolved, {by['escalated']} with a person, "
    text += f"{by['waiting_for_requester']} wait for their requester."
    figures = {"resolved": solved, "escalated": by["escalated"], "waiting": by["waiting_for_requester"]}
    return _said(day, "outcomes", "What became of them", text, "outcomes", "", **figures)


def _promises(day: DeskDay, calendar: Calendar) -> Candidate:
    breached = at_risk = 0
    for document in {document.id: document for document in (*day.came, *day.open_now)}.values():
        clock = reading(document.clocks.resolution, calendar, day.until)
        breached += clock.breached
        running = clock.stopped_at is None and not clock.paused and not clock.breached
        at_risk += running and clock.remaining_s < AT_RISK_SHARE * clock.target_s
    text = f"{breached} tickets were or are not resolved in time; {at_risk} that are open may come to it."
    return _said(day, "sla", "Promises of time", text, "sla_risk", "", breached=breached, at_risk=at_risk)


def _people(day: DeskDay) -> Candidate:
    waiting = [document for document in day.open_now if document.status == "escalated"]
    overdue = sum(1 for document in waiting if document.escalation and document.escalation.breached)
    text = f"{len(waiting)} tickets wait for a person's decision; {overdue} of them longer than the ladder allows."
    source = "?status=escalated"
    return _said(
        day, "people", "Waiting for a person", text, "sla_risk", source, waiting=len(waiting), breached=overdue
    )


def _cost(day: DeskDay) -> Candidate:
    calls = sum(document.usage.model_calls for document in day.came)
    cost_usd = round(sum(document.usage.cost_usd for document in day.came), 4)
    text = f"The day's tickets took {calls} model calls and {cost_usd} USD."
    return _said(day, "cost", "What thinking cost", text, "cost", "", calls=calls, cost_usd=cost_usd)


def _recurring(day: DeskDay) -> Iterable[Candidate]:
    """Tickets of one category whose subjects share their words, the most numerous first.

    Only words that most of them have are told: nobody's own words outlive their ticket in a brief.
    """
    clusters = [cluster for cluster in _alike(_telling(day.came)) if len(cluster) >= RECURS_FROM]
    for number, cluster in enumerate(sorted(clusters, key=len, reverse=True)[:MOST_OF_A_KIND], start=1):
        category = cluster[0].category
        text = f"{len(cluster)} tickets of the category {category} have in common: {_common(cluster)}."
        source = f"?category={category}"
        yield _said(day, f"recurring-{number}", "A problem that recurs", text, "recurring", source, count=len(cluster))


def _gaps(day: DeskDay) -> Iterable[Candidate]:
    """Categories in which the knowledge base gave no answer: resolved without a source, or with a person."""
    solved_or_with_person = ("resolved", "closed", "escalated")
    unanswered = [one for one in _telling(day.came) if not one.citations and one.status in solved_or_with_person]
    for category, count in _by_category(unanswered).most_common(MOST_OF_A_KIND):
        text = f"{count} tickets of the category {category} found no answer in the knowledge base."
        source = f"?category={category}"
        yield _said(day, f"gap-{category}", "A gap in the knowledge base", text, "knowledge_gap", source, count=count)


def _categories(day: DeskDay) -> Iterable[Candidate]:
    before = _by_category(day.came_before)
    for category, count in _by_category(day.came).most_common(MOST_OF_A_KIND):
        text = f"{count} tickets are of the category {category}; on the day before it was {before[category]}."
        figures = {"count": count, "before": before[category]}
        yield _said(
            day, f"category-{category}", f"Category {category}", text, "trend", f"?category={category}", **figures
        )


def _services(day: DeskDay) -> Iterable[Candidate]:
    for service in day.services:
        if service.status != "operational":
            text = f"{service.name}: {service.status}. {service.note}".strip()[:1_000]
            yield _said(day, f"service-{service.id}", f"{service.name} is disturbed", text, "service", "", down=1)


def _said(day: DeskDay, identity: str, title: str, text: str, category: str, query: str, **figures: float) -> Candidate:
    return Candidate(
        id=identity, title=title, source=f"/api/tickets{query}", date=day.until, summary=text, category=category,
        figures=figures,
    )  # fmt: skip


def _telling(documents: Iterable[TicketDocument]) -> list[TicketDocument]:
    return [document for document in documents if document.route not in UNSAID and document.category]


def _by_category(documents: Iterable[TicketDocument]) -> Counter[str]:
    return Counter(str(document.category) for document in _telling(documents))


def _common(cluster: Sequence[TicketDocument]) -> str:
    counts = Counter(word for document in cluster for word in dict.fromkeys(_words(document)))
    return " ".join(word for word, count in counts.items() if 2 * count > len(cluster))


def _words(document: TicketDocument) -> list[str]:
    return WORD.findall(document.subject.lower())


def _alike(documents: Sequence[TicketDocument]) -> list[list[TicketDocument]]:
    """Each ticket goes with the first group whose first ticket it resembles, else begins one."""
    clusters: list[tuple[frozenset[str], list[TicketDocument]]] = []
    for document in documents:
        words = frozenset(_words(document))
        for known, cluster in clusters:
            shared = len(words & known) / max(1, len(words | known))
            if shared >= ALIKE and cluster[0].category == document.category:
                cluster.append(document)
                break
        else:
            clusters.append((words, [document]))
    return [cluster for _, cluster in clusters]
