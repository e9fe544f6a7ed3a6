"""Triage and votes by rules: the naive Bayes classifier, keywords, and the nearest labelled examples."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cached_property

from adapters.offline_actions import actions_asked
from adapters.offline_breaches import RANSOM, TALK_OF_FRAUD, reports_breach
from adapters.offline_classifier import Classifier, Guess, topic_features
from adapters.offline_keywords import keyword_hits
from adapters.offline_signals import (
    business_is_down,
    is_urgent,
    many_are_hit,
    many_cannot_work,
    says_it_is_solved,
    wants_person,
    work_has_stopped,
)
from adapters.offline_words import language_of, words_of
from shared.thinking import Question, Triage, Vote

NEIGHBOURS = 7
SURE_OF_A_SIGNAL = 0.9


def triage(question: Question, trained: Classifier) -> Triage:
    """Classify, then let strong signals in the text outweigh it: breaches, many people hit, work that has stopped."""
    text = words_of(question)
    category, manner = trained.category(text), trained.manner(text)
    reasons = [_because(category, text)]
    breach = reports_breach(text)
    if breach:
        category, manner = _as_breach(category, manner, breach)
        reasons = [f"It reports a breach: {breach}."]
    elif says_it_is_solved(text):
        category = Guess("not_a_ticket", SURE_OF_A_SIGNAL)
        reasons = ["It says that the matter is settled, and asks nothing."]
    impact, urgency, pressing = _pressing(int(manner["impact"]), int(manner["urgency"]), text)
    if breach == RANSOM:
        impact, urgency, pressing = 1, 1, "What holds files to ransom spreads by the hour."
    reasons += [pressing] if pressing else []
    complexity = manner["complexity"]
    if len(actions_asked(question, text)) == 1 and complexity != "simple":
        complexity = "simple"
        reasons.append("It asks for one change that the desk knows how to make.")
    asks_for_person = wants_person(text)
    if asks_for_person:
        reasons.append("The requester asks for a person.")
    return Triage.model_validate(
        {
            "category": category.label,
            "type": manner["type"],
            "impact": impact,
            "urgency": urgency,
            "complexity": complexity,
            "confidence": round(category.confidence, 3),
            "language": language_of(text),
            "wants_person": asks_for_person,
            "reasons": reasons,
        }
    )


def _as_breach(category: Guess, manner: Mapping[str, str], breach: str) -> tuple[Guess, dict[str, str]]:
    """What is told of a breach is an incident; talk of fraud is what its manner says."""
    sure = max(category.confidence, SURE_OF_A_SIGNAL) if category.label == "security" else SURE_OF_A_SIGNAL
    happened = {} if breach == TALK_OF_FRAUD else {"type": "incident"}
    return Guess("security", sure), {**manner, **happened}


def _pressing(impact: int, urgency: int, text: str) -> tuple[int, int, str]:
    """Impact and urgency as the text's own words raise them, and why; nothing where they do not."""
    if business_is_down(text):
        return 1, 1, "Something that the whole company works with is down."
    if many_cannot_work(text):
        return 1, 1, "The text says that many people are affected and cannot work."
    hurried = urgency - 1 if urgency > 1 and (work_has_stopped(text) or is_urgent(text)) else urgency
    if many_are_hit(text) and impact > 1:
        return 1, hurried, "The text says that many people are affected."
    return impact, hurried, "The text says that it is urgent." if hurried < urgency else ""


def _because(guess: Guess, text: str) -> str:
    hits = [word for category, found in keyword_hits(text).items() if category == guess.label for word in found]
    told_by = f", told by {', '.join(hits[:5])}" if hits else ""
    return f"The wording resembles labelled tickets about {guess.label}{told_by}."


def vote(question: Question, trained: Classifier, nearest: "Neighbours") -> Vote:
    """The view of the voter that `question.role` names; each judges by evidence of its own."""
    text = words_of(question)
    if question.role == "keywords":
        return _keyword_vote(text)
    if question.role == "neighbours":
        return nearest.vote(text)
    guess = trained.category(text)
    return _vote(guess.label, guess.confidence, _because(guess, text))


def _keyword_vote(text: str) -> Vote:
    hits = keyword_hits(text)
    if not hits:
        return _vote("general", 0.2, "No word of any category's list occurs.")
    total = sum(len(found) for found in hits.values())
    best = max(hits, key=lambda category: len(hits[category]))
    share = len(hits[best]) / (total + 0.5)
    return _vote(best, share, f"Its words occur: {', '.join(hits[best][:5])}.")


def _vote(category: str, confidence: float, why: str) -> Vote:
    return Vote.model_validate({"category": category, "confidence": round(confidence, 3), "why": why})


class Neighbours:
    """Labelled examples by cosine similarity of their TF-IDF vectors."""

    def __init__(self, trained: Classifier):
        self._examples = trained.examples
        self._topics = trained.topics

    @cached_property
    def _rarity(self) -> dict[str, float]:
        spread = Counter(feature for topic in self._topics for feature in topic)
        return {feature: math.log(len(self._examples) / count) for feature, count in spread.items()}

    @cached_property
    def _vectors(self) -> list[dict[str, float]]:
        return [self._vector(topic) for topic in self._topics]

    def _vector(self, topic: Mapping[str, float]) -> dict[str, float]:
        vector = {
            feature: weight * self._rarity[feature] for feature, weight in topic.items() if feature in self._rarity
        }
        length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
        return {feature: value / length for feature, value in vector.items()}

    def vote(self, text: str) -> Vote:
        """The category that the most similar examples carry, weighed by similarity."""
        asked = self._vector(topic_features(text))
        likeness = [
            (sum(value * vector.get(feature, 0.0) for feature, value in asked.items()), example)
            for vector, example in zip(self._vectors, self._examples, strict=True)
        ]
        nearest = sorted(likeness, key=lambda pair: pair[0], reverse=True)[:NEIGHBOURS]
        shares = defaultdict[str, float](float)
        for similarity, example in nearest:
            shares[example.category] += similarity * similarity
        total = sum(shares.values())
        best = max(shares, key=lambda category: shares[category])
        if not total:
            return _vote("general", 0.1, "No labelled ticket shares a word with it.")
        closest = next(example for _, example in nearest if example.category == best)
        return _vote(best, shares[best] / total, f"Most similar: {closest.text[:120]}")
