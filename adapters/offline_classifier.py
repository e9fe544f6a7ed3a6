"""A small naive Bayes classifier over words and letter groups, trained on the labelled examples."""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from adapters.offline_words import EVERY_STOP, fold, stem, words
from shared.errors import Permanent
from shared.model import Model
from shared.tickets import Category, Complexity, Level, TicketType

READ_CHARACTERS = 2_000
"""What a ticket is about stands in its first lines; the rest is logs and signatures."""
SMOOTHING = 0.1
GROUP_WEIGHT = 0.35
TEMPERATURE = 4.0
TARGETS = ("category", "type", "impact", "urgency", "complexity")


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
    """The likeliest label and its calibrated probability."""

    label: str
    confidence: float


def features(text: str) -> dict[str, float]:
    """Words, stems, pairs of stems and letter groups of a text with their weights."""
    plain = fold(text[:READ_CHARACTERS])
    said = [word for word in words(plain) if word not in EVERY_STOP]
    stems = [stem(word) for word in said]
    pairs = [f"{left} {right}" for left, right in pairwise(stems)]
    groups = {f"#{word[at : at + 4]}" for word in set(said) for at in range(len(word) - 3)}
    weights = dict.fromkeys(groups, GROUP_WEIGHT)
    return weights | dict.fromkeys(pairs, 1.0) | dict.fromkeys(stems, 1.0)


class NaiveBayes:
    """Multinomial, with each feature counted once a text, and probabilities tempered.

    Features of one text depend on each other, so the plain posterior is absurdly sure. Dividing the
    log-odds by `TEMPERATURE` times the square root of the text's weight brings it near the share of
    right answers; the constant was fitted by cross-validation on the shipped examples.
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
    """One naive Bayes for each thing triage decides; `examples` stay for looking up neighbours."""

    def __init__(self, examples: Sequence[Example]):
        texts = [features(example.text) for example in examples]
        self.examples = tuple(examples)
        self._models = {
            target: NaiveBayes(texts, [str(getattr(example, target)) for example in examples])
            for target in TARGETS
        }

    def guesses(self, text: str) -> dict[str, Guess]:
        seen = features(text)
        return {target: model.guess(seen) for target, model in self._models.items()}

    def category(self, text: str) -> Guess:
        return self._models["category"].guess(features(text))


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
