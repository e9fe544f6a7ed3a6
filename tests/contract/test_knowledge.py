"""The contract of the knowledge base, on every adapter."""

import asyncio
import time
from pathlib import Path

import pytest

from adapters.knowledge import EmbeddedKnowledge
from adapters.library import Library
from shared.errors import Permanent
from shared.knowledge import Retrieval
from shared.ports import Knowledge
from shared.thinking import Passage

SHIPPED = Path(__file__).parents[2] / "samples" / "knowledge"


def article(name: str, title: str, keywords: str, body: str, language: str = "en") -> tuple[str, str]:
    front = f"id: {name}\ntitle: {title}\ncategory: general\nkeywords: {keywords}\nupdated: 2026-01-31\n"
    return f"{name}.md", f"---\n{front}language: {language}\n---\n{body}"


PRINTER = """Read this first.

## Symptoms
Jobs wait in the queue.

## Steps
1. Switch the printer on.
2. Empty the queue: stuck jobs block the others.
"""
ARTICLES = [
    article("printer-offline", "A printer is offline", "[printer, printing, queue, 403]", PRINTER),
    article("passwords", "Change a password", "password, sign-in", "## Steps\nOpen the portal, choose another."),
    article("cafeteria", "Opening hours", "cafeteria", "## Hours\nFrom eight; next to the printer shop."),
    article("imprimante", "Imprimante hors ligne", "[imprimante, printer]", "## Étapes\nRallumez-la.", "fr"),
    # BM25 tells words apart by how rare they are, which takes more than a handful of articles.
    *(article(f"note-{number}", f"Note {number}", f"subject{number}", "Nothing to see.") for number in range(8)),
]


def library(folder: Path, *articles: tuple[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in articles:
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def knowledge(tmp_path: Path) -> Knowledge:
    return EmbeddedKnowledge(Library(library(tmp_path / "knowledge", *ARTICLES)))


def names(found: Retrieval) -> list[str]:
    return list(dict.fromkeys(passage.article_id for passage in found.passages))


async def test_a_passage_is_a_section_word_for_word_with_its_article(knowledge: Knowledge):
    best = (await knowledge.search("stuck jobs block my printer queue")).passages[0]
    assert best == Passage(
        article_id="printer-offline",
        title="A printer is offline",
        section="Steps",
        text="1. Switch the printer on.\n2. Empty the queue: stuck jobs block the others.",
        score=best.score,
        language="en",
    )
    assert best.score > 0


async def test_words_above_the_first_heading_are_a_section_without_a_name(knowledge: Knowledge):
    found = (await knowledge.search("printer queue")).passages
    assert ("", "Read this first.") in [(passage.section, passage.text) for passage in found]


async def test_title_and_keywords_weigh_more_than_the_body(knowledge: Knowledge):
    assert names(await knowledge.search("printer", language="en"))[0] == "printer-offline"


async def test_scores_fall_and_the_limit_holds(knowledge: Knowledge):
    found = (await knowledge.search("printer password imprimante", limit=4)).passages
    assert len(found) == 4
    assert [passage.score for passage in found] == sorted((passage.score for passage in found), reverse=True)


async def test_the_language_asked_for_is_preferred_and_the_others_stay(knowledge: Knowledge):
    assert names(await knowledge.search("printer", language="fr"))[0] == "imprimante"
    assert "printer-offline" in names(await knowledge.search("printer", language="fr"))


@pytest.mark.parametrize(
    "text", ["PASSWORDS", "password?", "my paßword or passwörd", "(password)", "new passwords, please"]
)
async def test_case_plural_accents_and_punctuation_do_not_matter(knowledge: Knowledge, text: str):
    assert names(await knowledge.search(text)) == ["passwords"]


async def test_a_number_can_be_a_keyword(knowledge: Knowledge):
    assert names(await knowledge.search("error 403")) == ["printer-offline"]


@pytest.mark.parametrize("text", ["", "the and of with", "xylophone quartet", "next week", "?!", "\x00\x01\x02"])
async def test_nothing_is_found_where_nothing_fits(knowledge: Knowledge, text: str):
    assert await knowledge.search(text) == Retrieval()


@pytest.mark.parametrize(
    "text",
    [
        'password" OR "',
        "password AND NOT (",
        "title:password",
        "NEAR(password, 5)",
        "password*; DROP TABLE articles",
        "{title keywords} : password",
        "password \x01 \x02 \ud800 ' -- ^",
    ],
)
async def test_no_text_is_an_operator_of_the_search(knowledge: Knowledge, text: str):
    assert "passwords" in names(await knowledge.search(text))


@pytest.mark.parametrize("text", ['"' * 20_000, "a" * 20_000, "é" * 20_000, "x y " * 5_000, "\u0301" * 20_000])
async def test_twenty_thousand_hostile_characters_cost_little(knowledge: Knowledge, text: str):
    await knowledge.search("password")
    started = time.monotonic()
    found = await knowledge.search(f"password {text}")
    assert time.monotonic() - started < 2
    assert names(found) == ["passwords"]


async def test_searches_at_once_share_one_index(knowledge: Knowledge):
    found = await asyncio.gather(*(knowledge.search("password") for _ in range(20)))
    assert len({one.model_dump_json() for one in found}) == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("no front matter", "front matter"),
        ("---\nid: x\n---\nText", "title"),
        ("---\nid: [x\n---\nText", "YAML"),
        (article("x", "X", "a", "Text", language="english")[1], "language"),
        (article("x", "X", "a", "\n \n")[1], "no text"),
        (article("passwords", "Again", "a", "Text")[1], "id passwords"),
        (article("x", "X", "a", "Text")[1].replace("general", "gardening"), "category"),
    ],
)
async def test_an_article_that_cannot_be_read_is_reported_by_name(tmp_path: Path, fault: str, words: str):
    folder = library(tmp_path / "knowledge", *ARTICLES, ("zz-broken.md", fault), ("zzz.md", "no"))
    with pytest.raises(Permanent, match=rf"zz-broken\.md: [^;]*{words}.*zzz\.md"):
        await EmbeddedKnowledge(Library(folder)).search("password")


async def test_a_folder_without_articles_is_reported(tmp_path: Path):
    with pytest.raises(Permanent, match="no knowledge articles"):
        await EmbeddedKnowledge(Library(tmp_path / "nowhere")).search("password")


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("My account is locked after too many attempts", "en", "account-locked-out"),
        ("I forgot my password", "en", "reset-forgotten-password"),
        ("My printer shows offline and nothing prints", "en", "printer-offline"),
        ("L'imprimante du 3e étage n'imprime plus depuis ce matin", "fr", "imprimante-n-imprime-pas"),
        ("Mein Passwort ist abgelaufen, ich kann mich nicht anmelden", "de", "passwort-zuruecksetzen"),
        ("Laptop is very slow since the update and the fan is loud", "en", "laptop-slow-or-hot"),
        ("I received a suspicious e-mail, is it phishing?", "en", "report-phishing"),
        ("The VPN drops every few minutes when I am on Wi-Fi at home", "en", "vpn-drops-on-wifi"),
    ],
)
async def test_the_shipped_articles_answer_usual_tickets(text: str, language: str, expected: str):
    assert names(await EmbeddedKnowledge(Library(SHIPPED)).search(text, language=language))[0] == expected
