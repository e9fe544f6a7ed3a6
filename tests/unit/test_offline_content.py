"""Articles by rules: they quote what fits, name their sources, and say so where nothing fits."""

import pytest

from adapters.knowledge import EmbeddedKnowledge
from adapters.library import Library
from adapters.offline_content import NOTHING_FOUND, article_draft, edited_article, topic_notes
from agents.content import check_draft, check_edited, check_notes
from shared.content import ArticleDraft, ContentQuestion, EditedArticle, TopicNotes, article_text, word_count
from shared.thinking import Citation, Passage

DROPS = Passage(
    article_id="vpn-drops", title="VPN drops on Wi-Fi", section="Try this first",
    text="1. Plug in a network cable.\n2. Restart the home router.", score=8.0,
)  # fmt: skip
OTHER = Passage(article_id="printer", title="Printer offline", section="Try this", text="Restart it.", score=0.1)
TOPIC = "What to do when the VPN drops on Wi-Fi"


def noted(*passages: Passage, topic: str = TOPIC) -> TopicNotes:
    return topic_notes(ContentQuestion(topic=topic, passages=passages).model_dump_json())


def drafted(notes: TopicNotes) -> ArticleDraft:
    return article_draft(ContentQuestion(topic=TOPIC, notes=notes).model_dump_json())


def edited(body: str) -> EditedArticle:
    draft = ArticleDraft(title=" VPN ", body=body)
    return edited_article(ContentQuestion(topic=TOPIC, notes=noted(), draft=draft).model_dump_json())


def test_notes_quote_the_fitting_passages_only_and_cite_them():
    notes = noted(DROPS, OTHER)
    assert [point.text for point in notes.points] == [DROPS.text]
    assert notes.points[0].citation == Citation(id="vpn-drops", title=DROPS.title, section=DROPS.section)
    assert notes.is_helpdesk


def test_a_topic_that_no_passage_bears_on_is_a_gap_and_not_a_guess():
    notes = noted(OTHER)
    assert (notes.points, notes.gaps, notes.is_helpdesk) == ((), (NOTHING_FOUND,), False)
    article = drafted(notes)
    assert NOTHING_FOUND in article.body
    assert word_count(article.body) < 40


def test_what_a_person_answered_is_the_article_whole_and_in_order_whatever_its_length():
    answer = "\n".join(f"{number}. Turn the knob number {number} to the left." for number in range(1, 400))
    material = Passage(article_id="ticket-t1", title="Knobs", section="What helped", text=answer, score=1.0)
    question = ContentQuestion(topic="Knobs", material=material, passages=(DROPS,))
    notes = topic_notes(question.model_dump_json())
    assert check_notes(notes, question) is None
    source = Citation(id="ticket-t1", title="Knobs", section="What helped")
    assert all(point.citation == source for point in notes.points)
    body = article_draft(ContentQuestion(topic="Knobs", notes=notes).model_dump_json()).body
    assert body.split() == f"## Knobs: What helped {answer}".split()


def test_an_answer_without_a_space_is_kept_whole_too():
    material = Passage(article_id="ticket-t1", title="Key", section="What helped", text="x" * 4_500, score=1.0)
    notes = topic_notes(ContentQuestion(topic="Key", material=material).model_dump_json())
    assert "".join(point.text for point in notes.points) == "x" * 4_500


def test_the_article_names_its_sources_once_each():
    notes = noted(DROPS, DROPS.model_copy(update={"text": "VPN drops on Wi-Fi: ask for a cable."}))
    article = edited_article(ContentQuestion(topic=TOPIC, notes=notes, draft=drafted(notes)).model_dump_json())
    text = article_text(article, notes)
    assert text.startswith(f"# {TOPIC}\n")
    assert text.count("- VPN drops on Wi-Fi, Try this first (vpn-drops)") == 1


def test_the_editor_leaves_out_what_is_said_twice_and_says_so():
    article = edited("Plug in a cable.  \n\n\n\nRestart.\n\nPlug in a cable.")
    assert article.body == "Plug in a cable.\n\nRestart."
    assert (article.title, len(article.changes)) == ("VPN", 2)


def test_the_editor_leaves_a_good_draft_as_it_is():
    article = edited("## Try this\n\nPlug in a cable.")
    assert (article.body, article.changes) == ("## Try this\n\nPlug in a cable.", ())


def test_an_article_of_several_sections_gets_an_overview():
    assert edited("## One\n\nA.\n\n## Two\n\nB.").body.startswith("This article covers: One; Two.\n\n## One")


@pytest.mark.parametrize("topic", [TOPIC, "How do I reset a forgotten password?", "Imprimante hors ligne", "zzqx"])
async def test_what_rules_answer_passes_the_checks_that_a_models_answer_must(topic: str):
    found = await EmbeddedKnowledge(Library("samples/knowledge")).search(topic, limit=8)
    question = ContentQuestion(topic=topic, passages=found.passages)
    notes = topic_notes(question.model_dump_json())
    assert check_notes(notes, question) is None
    question = ContentQuestion(topic=topic, notes=notes)
    draft = article_draft(question.model_dump_json())
    assert check_draft(draft, question) is None
    question = question.model_copy(update={"draft": draft})
    assert check_edited(edited_article(question.model_dump_json()), question) is None


def test_a_source_that_was_not_given_is_refused():
    notes = noted(DROPS)
    assert "vpn-drops" in (check_notes(notes, ContentQuestion(topic=TOPIC, passages=(OTHER,))) or "")
    nothing = TopicNotes(points=(), gaps=(), is_helpdesk=False, category="general")
    assert check_notes(nothing, ContentQuestion(topic=TOPIC)) is not None


@pytest.mark.parametrize("body", [" ", "# VPN\n\nPlug in."])
def test_an_empty_body_or_one_that_repeats_the_title_is_refused(body: str):
    assert check_draft(ArticleDraft(title="VPN", body=body), ContentQuestion(topic=TOPIC)) is not None
