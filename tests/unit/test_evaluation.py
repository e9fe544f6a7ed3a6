"""The evaluation measures what it says, and its marks fail when the desk is wrong."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest

from adapters.offline_classifier import read_examples
from evaluation import report
from evaluation.cases import Case, Half, cases
from evaluation.judging import Scores
from evaluation.marks import fallen, missed
from evaluation.metrics import false_auto_resolve, figures, macro_f1
from evaluation.outcome import Outcome
from evaluation.report import faults
from evaluation.resemblance import TOO_ALIKE, repeats
from evaluation.run import Evaluated, run
from shared.judging import AnswerMarks
from shared.settings import read

TRAINED_ON = "samples/triage/examples.jsonl"


def case(**changes: Any) -> Case:
    plain: dict[str, Any] = {
        "id": "one", "half": "test", "language": "en", "subject": "s", "text": "t", "categories": ["network"],
        "priorities": ["P3"], "types": ["incident"], "escalation": None, "articles": ["vpn"], "tags": [],
        "duplicate_of": None,
    }  # fmt: skip
    return Case.model_validate(plain | changes)


def outcome(**changes: Any) -> Outcome:
    plain: dict[str, Any] = {
        "case": "one", "category": "network", "priority": "P3", "type": "incident", "status": "resolved",
        "cited": ["vpn"], "found": ["vpn"],
    }  # fmt: skip
    return Outcome.model_validate(plain | changes)


def test_the_set_is_as_wide_as_it_claims():
    held = cases()
    assert len(held) >= 120
    assert len({one.id for one in held}) == len(held)
    assert min(Counter(one.language for one in held).values()) >= 20
    assert {tag for one in held for tag in one.tags} == {"security", "p1", "injection", "person", "duplicate"}
    for half in get_args(Half):
        assert {"security", "p1"} <= {tag for one in held if one.half == half for tag in one.tags}


def test_no_ticket_of_the_set_is_like_a_text_the_rules_were_trained_on():
    trained_on = [example.text for example in read_examples(TRAINED_ON)]
    assert repeats([one.text for one in cases()], trained_on) == []


def test_a_training_text_slipped_in_with_a_few_words_changed_is_noticed():
    ours = cases()[0].text
    slipped_in = f"Hello, {ours.replace('head', 'mind')} Regards"
    ((_, found, share),) = repeats([ours], [slipped_in, "The printer is out of paper on the second floor."])
    assert found == slipped_in
    assert share >= TOO_ALIKE


@pytest.mark.parametrize(
    ("wanted", "given", "why"),
    [
        ({"escalation": "required"}, {}, "closed without the person it needs"),
        ({}, {"category": "printing"}, "closed as printing"),
        ({}, {"cited": ["printer"]}, "answered from printer"),
        ({}, {"cited": []}, "answered from nothing"),
        ({}, {"cited": [], "actions": ["unlock_account"]}, None),
        ({"escalation": "required"}, {"status": "escalated"}, None),
        ({}, {"status": "waiting_for_requester", "category": "printing"}, None),
        ({}, {}, None),
    ],
)
def test_what_counts_as_falsely_resolved(wanted: dict[str, Any], given: dict[str, Any], why: str | None):
    assert false_auto_resolve(case(**wanted), outcome(**given)) == why


def test_macro_f1_weighs_a_rare_category_as_much_as_a_frequent_one():
    # a: precision 3/4, recall 1, F1 6/7; b: nothing right.
    assert macro_f1(Counter({("a", "a"): 3, ("b", "a"): 1})) == pytest.approx(6 / 7 / 2)


def test_figures_of_a_tiny_set():
    judged = [
        (case(), outcome()),
        (case(priorities=["P1"], tags=["p1"]), outcome(priority="P2", status="escalated")),
        (case(categories=["security"], tags=["security"], articles=[]), outcome(found=[], cited=[])),
        (case(tags=["injection"]), outcome(category=None, status="escalated", found=[], cited=[])),
    ]
    told = figures(judged)
    assert told.category_accuracy == pytest.approx(2 / 3)
    assert (told.p1_recall, told.security_recall, told.injection_held) == (0, 0, 1)
    assert told.priority_within_one == 1
    assert (told.false_auto_resolve, told.false_of_auto_resolved) == (1 / 4, 1 / 2)
    assert faults(judged[1]) == ["a P1 taken for P2"]


def test_the_marks_fail_one_by_one():
    good = figures([(case(), outcome())])
    assert missed(good) == []
    for worse in (
        {"category_accuracy": 0.79},
        {"p1_recall": 0.9},
        {"security_recall": 0.9},
        {"false_auto_resolve": 0.03},
        {"errors": 1},
    ):
        assert len(missed(good.model_copy(update=worse))) == 1


def test_a_fall_against_the_baseline_is_told():
    good = figures([(case(), outcome())])
    assert fallen(good, good) == []
    worse = good.model_copy(update={"hit_at_3": 0.9, "false_auto_resolve": 0.05})
    assert fallen(worse, good) == ["hit_at_3 fell from 1.000 to 0.900", "false_auto_resolve rose from 0.000 to 0.050"]


def test_the_report_has_the_figures_the_confidence_the_confusion_and_the_cases_that_failed(tmp_path: Path):
    good, bad = case(), case(id="two")
    judged = [
        (good, outcome(analyst="network", confidence=0.9, closing=0.7)),
        (bad, outcome(case="two", analyst="printing", category="printing", confidence=0.8, closing=0.6)),
    ]
    believed = report.belief(judged)
    scored = Scores(
        model="m",
        marks={"one": AnswerMarks(grounded=5, helpful=4, complete=4, clear=5, safe=5, why="a step is left out")},
        failed={"two": "refused"},
    )
    page = report.write({"test": figures(judged)}, believed, scored, judged, tmp_path).read_text(encoding="utf-8")
    assert "| category_accuracy | 0.5 |" in page
    assert "| 0.9 to 1.0 | 1 | 0.900 | 1.000 |" in page
    assert "From 0.61 on wrong closings are within" in page
    assert "| network | 1 | 1 |" in page
    assert "- `two`: category printing, wanted network; closed as printing" in page
    assert "a step is left out" in page
    assert "- `two`: not judged: refused" in page
    told = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert told["confidence"]["lowest_floor"] == 0.61
    assert set(told["failed"]) == {"two"}


def test_a_report_of_the_rules_says_that_nobody_judged(tmp_path: Path):
    judged = [(case(), outcome())]
    page = report.write({"test": figures(judged)}, report.belief(judged), None, judged, tmp_path)
    assert report.NOT_JUDGED in page.read_text(encoding="utf-8")


async def test_a_slice_of_the_set_goes_through_the_whole_desk(tmp_path: Path):
    asked = [one for one in cases() if one.id in ("de-02", "en-27", "fr-24", "en-26", "en-36", "en-13", "en-13-again")]
    on = Evaluated(read({"ARCHIVE_PATH": str(tmp_path / "a.db"), "DIRECTORY_PATH": str(tmp_path / "d.db")}))
    became = dict(zip((one.id for one in asked), await run(asked, on), strict=True))
    assert (became["de-02"].status, became["de-02"].actions) == ("resolved", ("unlock_account",))
    assert (became["en-27"].category, became["en-27"].priority, became["en-27"].has_person) == ("security", "P1", True)
    assert (became["en-26"].category, became["en-26"].has_person) == ("security", True)
    assert became["fr-24"].category == "not_a_ticket"
    assert (became["en-36"].route, became["en-36"].has_person) == ("screened_out", True)
    assert "en-13" in became["en-13-again"].similar
    assert became["en-13"].closing is not None
    assert became["en-13"].quoted[0].article_id in became["en-13"].cited
