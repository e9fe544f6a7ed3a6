"""A small naive Bayes classifier over words and letter groups, trained on the labelled examples."""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from adapters.offline_keywords import keyword_hits
from adapters.offline_words import EVERY_STOP, stem, terms, words
from shared.errors import Permanent
from shared.model import Model
from shared.tickets import Category, Complexity, Level, TicketType

READ_CHARACTERS = 2_000
"""What a ticket is about stands in its first lines; the rest is logs and signatures."""
SMOOTHING = 0.3
KEYWORD_WEIGHT = 4.0
MOST_KEYWORDS = 3
TEMPERATURE = 4.0
CALIBRATION = (0.98, 0.65)
"""Slope and shift of the log-odds with which guesses are as often right as they claim: a logistic regression on a
five-fold cross-validation of the shipped examples."""
MANNERS = ("type", "impact", "urgency", "complexity")


class Example(Model):
    text: str
    category: Category
    type: TicketType
    impact: Level
    urgency: Level
    complexity: Complexity
    language: str


@dataclass(frozen=True)
class Guess:
    """The likeliest label and how probable it is."""

    label: str
    confidence: float


def topic_features(text: str) -> dict[str, float]:
    """What a text is about: its content words, and how many words of each category's list it has."""
    read = text[:READ_CHARACTERS]
    found = {
        f"@{category}": KEYWORD_WEIGHT * min(len(hits), MOST_KEYWORDS) for category, hits in keyword_hits(read).items()
    }
    return found | dict.fromkeys(terms(read), 1.0)


def manner_features(text: str) -> dict[str, float]:
    """How a text is put: small words too, its first word, its length, whether it asks."""
    said = words(text[:READ_CHARACTERS])
    shape = (
        "asks" if "?" in text else "tells",
        f"length {len(said).bit_length()}",
        f"lines {min(2, text.count(chr(10)))}",
        f"first {said[0] if said else ''}",
    )
    return dict.fromkeys((*(word if word in EVERY_STOP else stem(word) for word in said), *shape), 1.0)


class NaiveBayes:
    """Multinomial, with each feature counted once a text, and probabilities tempered.

    Features of one text depend on each other, so the plain posterior is absurdly sure. Dividing the
    log-odds by `TEMPERATURE` and the root of the text's weight brings it near the share of right answers.
    The constant is on the cautious side of what cross-validation on the shipped examples gave, since the
    keyword lists were written by people who had read some of those.
    """

    def __init__(self, texts: Sequence[Mapping[str, float]], labels: Sequence[str]):
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for text, label in zip(texts, labels, strict=True):
            counts[label].update(text.keys())
        self._labels = sorted(counts)
        self._prior = [math.log(labels.count(label) / len(labels)) for label in self._labels]
        vocabulary = set[str]().union(*counts.values())
        totals = [counts[label].total() + SMOOTHING * len(vocabulary) for label in self._labels]
        per_label = [(counts[label], total) for label, total in zip(self._labels, totals, strict=True)]
        self._weights = {
            feature: [math.log((count[feature] + SMOOTHING) / total) for count, total in per_label]
            for feature in vocabulary
        }

    def guess(self, text: Mapping[str, float]) -> Guess:
        scores = self._prior[:]
        weight_seen = 0.0
        for feature, weight in text.items():
            if logs := self._weights.get(feature):
                weight_seen += weight
                scores = [score + weight * log for score, log in zip(scores, logs, strict=True)]
        softness = TEMPERATURE * math.sqrt(max(1.0, weight_seen) / 10)
        best = max(scores)
        shares = [math.exp((score - best) / softness) for score in scores]
        return Guess(self._labels[scores.index(best)], 1 / sum(shares))


class Classifier:
    """One naive Bayes for each thing triage decides; the examples stay for finding neighbours."""

    def __init__(self, examples: Sequence[Example]):
        self.examples = tuple(examples)
        self.topics = [topic_features(example.text) for example in examples]
        manners = [manner_features(example.text) for example in examples]
        self._category = NaiveBayes(self.topics, [example.category for example in examples])
        self._manners = {
            target: NaiveBayes(manners, [str(getattr(example, target)) for example in examples]) for target in MANNERS
        }

    def category(self, text: str) -> Guess:
        """The likeliest category, as sure as such guesses turn out right."""
        guess = self._category.guess(topic_features(text))
        return Guess(guess.label, _calibrated(guess.confidence))

    def manner(self, text: str) -> dict[str, str]:
        """The likeliest type, impact, urgency and complexity."""
        seen = manner_features(text)
        return {target: model.guess(seen).label for target, model in self._manners.items()}


def _calibrated(confidence: float) -> float:
    slope, shift = CALIBRATION
    near_certain = min(max(confidence, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-slope * math.log(near_certain / (1 - near_certain)) - shift))


def read_examples(path: str) -> tuple[Example, ...]:
    """Labelled examples from a file of JSON lines. Raises Permanent when it is missing or malformed."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        return tuple(Example.model_validate(json.loads(line)) for line in lines if line.strip())
    except (OSError, ValueError) as error:
        raise Permanent(f"the triage examples in {path} cannot be used: {error}") from error


@cache
def classifier(path: str) -> Classifier:
    """The classifier trained on a file, once a process."""
    examples = read_examples(path)
    if not examples:
        raise Permanent(f"there are no triage examples in {path}")
    return Classifier(examples)
