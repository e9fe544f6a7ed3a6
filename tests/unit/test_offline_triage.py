"""Triage by rules: labels, signals, languages and a confidence that can be believed."""

import json
import time
from pathlib import Path

import pytest

from adapters.offline_classifier import Classifier, Example, classifier, read_examples
from adapters.offline_signals import wants_person
from adapters.offline_triage import Neighbours, triage, vote
from adapters.offline_words import language_of, stem, terms
from shared.errors import Permanent
from shared.thinking import Profile, Question, Recollection, Triage

SAMPLES = Path(__file__).parents[2] / "samples" / "triage"
EXAMPLES = str(SAMPLES / "examples.jsonl")


def question(text: str, subject: str = "", role: str | None = None) -> Question:
    profile = Profile(id="u-1001", known=True)
    return Question(
        ticket_id="t-1",
        subject=subject,
        text=text,
        requester_id="u-1001",
        recollection=Recollection(profile=profile),
        role=role,
    )


def of(text: str) -> Triage:
    return triage(question(text), classifier(EXAMPLES))


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("I forgot my password and cannot sign in", "access_identity"),
        ("The VPN disconnects every few minutes at home", "network"),
        ("Outlook does not receive any mail since this morning", "email_collab"),
        ("The printer on floor 2 shows a paper jam", "printing"),
        ("My laptop battery does not charge any more", "hardware"),
        ("I clicked a phishing link and entered my password", "security"),
        ("Mon imprimante n'imprime plus rien", "printing"),
        ("Der Drucker druckt nicht mehr", "printing"),
        ("He olvidado mi contraseña", "access_identity"),
        ("Automatic reply: I am out of the office until Monday", "not_a_ticket"),
    ],
)
def test_everyday_tickets_get_their_category(text: str, category: str) -> None:
    assert of(text).category == category


def test_a_text_about_nothing_known_is_given_little_confidence() -> None:
    assert of("zxqv wobble flimflam").confidence < 0.45


def test_confidence_separates_right_from_wrong_on_tickets_never_trained_on() -> None:
    trained = classifier(EXAMPLES)
    guesses = [
        (trained.category(example.text), example.category) for example in read_examples(str(SAMPLES / "held_out.jsonl"))
    ]
    sure = [guess.label == category for guess, category in guesses if guess.confidence >= 0.45]
    unsure = [guess.label == category for guess, category in guesses if guess.confidence < 0.45]
    right = sum(sure) + sum(unsure)
    assert right / len(guesses) >= 0.70
    assert sum(sure) / len(sure) >= 0.75
    assert sum(sure) / len(sure) > sum(unsure) / len(unsure) + 0.1


def test_the_held_out_tickets_are_not_among_the_examples() -> None:
    seen = {example.text for example in read_examples(EXAMPLES)}
    assert [e.text for e in read_examples(str(SAMPLES / "held_out.jsonl")) if e.text in seen] == []


def test_the_same_ticket_always_gets_the_same_answer() -> None:
    text = "Teams has no sound in meetings"
    assert of(text) == triage(question(text), Classifier(read_examples(EXAMPLES)))


def test_words_about_everybody_raise_the_impact() -> None:
    assert of("Nobody can reach the VPN, the whole company is affected").impact == 1


def test_words_about_urgency_raise_the_urgency() -> None:
    calm = of("Please give me a second monitor some day")
    assert of("Please give me a second monitor, urgent, I cannot work").urgency <= calm.urgency


def test_a_single_known_change_is_simple() -> None:
    assert of("Please add me to the group finance-share for the month end").complexity == "simple"


def test_later_messages_are_read_too() -> None:
    asked = question("It does not work.").model_copy(update={"messages": ("I mean the VPN on my laptop.",)})
    assert triage(asked, classifier(EXAMPLES)).category == "network"


@pytest.mark.parametrize(
    "text",
    [
        "I want to talk to a human",
        "Can I speak with a real person please?",
        "Please call me back",
        "no more bots please",
        "Je voudrais parler à une personne",
        "Je veux parler à un conseiller",
        "Ich möchte mit einem Menschen sprechen",
        "Bitte rufen Sie mich an",
        "Quiero hablar con una persona",
    ],
)
def test_a_wish_for_a_person_is_heard(text: str) -> None:
    assert wants_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "I cannot call anybody with my phone",
        "Please talk to the printer team about toner",
        "The chat with customers is broken",
        "Parler dans Teams ne marche pas, le micro est muet",
        "Der Bot im Intranet antwortet nicht",
        "No puedo hablar por Teams",
    ],
)
def test_talk_about_talking_is_no_wish_for_a_person(text: str) -> None:
    assert not wants_person(text)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("My account is locked, please unlock it", "en"),
        ("Bonjour, mon compte est bloqué depuis ce matin", "fr"),
        ("Guten Tag, mein Konto ist seit heute gesperrt", "de"),
        ("Hola, mi cuenta está bloqueada desde esta mañana", "es"),
        ("Buongiorno, il mio computer non si accende più", "it"),
        ("Mijn laptop doet het niet meer sinds vanmorgen", "nl"),
        ("VPN", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_told_by_its_small_words(text: str, language: str) -> None:
    assert language_of(text) == language


def test_words_of_other_languages_meet_their_english_ones() -> None:
    assert stem("imprimante") == stem("printer") == stem("drucker")
    assert terms("Verrouillé") == terms("locked")


@pytest.mark.parametrize("role", ["classifier", "keywords", "neighbours"])
def test_each_voter_has_a_view_of_its_own_kind(role: str) -> None:
    trained = classifier(EXAMPLES)
    given = vote(question("The VPN client cannot connect", role=role), trained, Neighbours(trained))
    assert given.category == "network"
    assert given.why


@pytest.mark.parametrize("role", ["keywords", "neighbours"])
def test_a_voter_without_evidence_says_so(role: str) -> None:
    trained = classifier(EXAMPLES)
    assert vote(question("zxqv wvut", role=role), trained, Neighbours(trained)).confidence <= 0.2


def test_training_and_answering_are_quick_enough_to_go_unnoticed() -> None:
    examples = read_examples(EXAMPLES)[:450]
    started = time.process_time()
    trained = Classifier(examples)
    assert time.process_time() - started < 2
    started = time.process_time()
    triage(question("The VPN is slow. " * 1_200), trained)
    assert time.process_time() - started < 1


def test_missing_examples_are_a_permanent_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match=r"nowhere\.jsonl"):
        classifier(str(tmp_path / "nowhere.jsonl"))


def test_an_example_with_an_invented_category_is_refused(tmp_path: Path) -> None:
    good = Example(
        text="x",
        category="network",
        type="incident",
        impact=1,
        urgency=1,
        complexity="simple",
        language="en",
    )
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(good.model_dump() | {"category": "coffee"}), encoding="utf-8")
    with pytest.raises(Permanent, match="category"):
        read_examples(str(path))
