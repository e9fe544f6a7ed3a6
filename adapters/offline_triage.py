"""Triage and votes by rules: the naive Bayes classifier, keywords, and the nearest labelled examples."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cached_property

from adapters.offline_actions import actions_asked
from adapters.offline_classifier import Classifier, Guess, topic_features
from adapters.offline_keywords import keyword_hits
from adapters.offline_signals import many_are_hit, wants_person, work_has_stopped
from adapters.offline_words import language_of, words_of
from shared.thinking import Question, Triage, Vote

NEIGHBOURS = 7


def triage(question: Question, trained: Classifier) -> Triage:
    """Classify, then let strong signals in the text raise impact and urgency."""
    text = words_of(question)
    category = trained.category(text)
    manner = trained.manner(text)
    impact, urgency = int(manner["impact"]), int(manner["urgency"])
    reasons = [_because(category, text)]
    if many_are_hit(text) and impact > 1:
        impact = 1
        reasons.append("The text says that many people are affected.")
    if work_has_stopped(text) and urgency > 1:
        urgency -= 1
        reasons.append("The text says that it is urgent.")
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
