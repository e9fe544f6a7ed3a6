"""Notes and sums up by rules: what people say of themselves in set phrases, and first sentences."""

import re
from collections.abc import Iterable, Iterator

from shared.facts import FactKind, Learned, LearnedFact
from shared.learning import ExtractionQuestion, ThreadQuestion, ThreadSummary

SENTENCE = re.compile(r"[^.!?\n]{3,300}")
DEVICE_WORDS = {
    "laptop": "laptop notebook macbook thinkpad portable portátil",
    "computer": "computer pc desktop rechner ordinateur ordenador",
    "phone": "phone smartphone iphone handy telefon téléphone teléfono",
    "tablet": "tablet ipad",
    "printer": "printer drucker imprimante impresora",
    "screen": "screen monitor",
    "headset": "headset",
    "keyboard": "keyboard",
}
DEVICE_OF = {word: device for device, words in DEVICE_WORDS.items() for word in words.split()}
DEVICES = "|".join(DEVICE_OF)
PHRASES: tuple[tuple[FactKind, str | None, re.Pattern[str]], ...] = (
    ("device", None, re.compile(rf"(?i)\bmy (?P<topic>{DEVICES}) is an? (?P<what>\S.*)")),
    ("device", None, re.compile(
        rf"(?i)\b(?:i (?:use|have|work (?:on|with))|j'utilise|je travaille sur|ich (?:benutze|nutze|habe)|"
        rf"(?:yo )?(?:uso|tengo)) (?:an?|my|the|une?|mon|ma|einen?|mein(?:en|e)?|una?|mi) "
        rf"(?P<what>.{{0,60}}?\b(?P<topic>{DEVICES})\b.{{0,60}})"
    )),
    ("preference", None, re.compile(r"(?i)\bi (?:would )?prefer (?P<what>\S.*)")),
    ("preference", "language", re.compile(
        r"(?i)\b(?:please (?:answer|write|reply) (?:me )?in|répondez[ -]moi en|bitte auf|por favor en) "
        r"(?P<what>[^\W\d]+)"
    )),
    ("fact", "workplace", re.compile(
        r"(?i)\bi (?:usually |always |mostly )?work (?P<what>(?:from|in|at) (?:home|the|our)?\s?\S.*)"
    )),
)  # fmt: skip
"""Kind, topic where the phrase does not name it, and the pattern; `what` is the fact in the person's own words."""

MOST_FACTS = 10
TEXT_CHARS = 200
SUMMARY_CHARS = 1_200


def learned(asked: str) -> Learned:
    """What the set phrases say, and the matter itself as an earlier problem."""
    question = ExtractionQuestion.model_validate_json(asked)
    facts = [fact for said in question.said for sentence in SENTENCE.findall(said) for fact in _told(sentence)]
    if question.subject.strip():
        facts.append(LearnedFact(kind="problem", topic=question.subject[:60], text=f"Asked about: {question.subject}"))
    return Learned(facts=tuple(facts[:MOST_FACTS]))


def thread_summary(asked: str) -> ThreadSummary:
    """The first sentence of each turn, the newest kept where room is short."""
    question = ThreadQuestion.model_validate_json(asked)
    lines = [
        question.earlier or "",
        *(f"{turn.role}: {_first(turn.text)}" for turn in question.turns if not turn.call_id),
    ]
    text = "\n".join(line for line in lines if line)
    return ThreadSummary(text=text[-SUMMARY_CHARS:] or "Nothing was said.")


def _told(sentence: str) -> Iterator[LearnedFact]:
    for kind, topic, pattern in PHRASES:
        if match := pattern.search(sentence):
            named = match.groupdict()
            about = topic or named.get("topic") or _first_words(named["what"])
            yield LearnedFact(
                kind=kind,
                topic=DEVICE_OF.get(about.lower(), about.lower())[:60],
                text=match.group().strip()[:TEXT_CHARS],
            )


def _first_words(text: str) -> str:
    return " ".join(text.split()[:3])


def _first(text: str) -> str:
    found: Iterable[str] = SENTENCE.findall(text)
    return next(iter(found), text[:TEXT_CHARS]).strip()
