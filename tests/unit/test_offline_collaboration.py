"""By rules alone, agents that work together quote what was looked up, and say so where it is nothing."""

from typing import Any

from adapters.offline_collaboration import ballot, contribution, moderation, research, summary
from adapters.offline_delegation import assignments, delegation_plan, work_done
from agents.ballots import check_ballot
from agents.delegation import check_assignments, check_plan
from agents.discussion import check_moderation
from agents.research import check_research
from shared.collaboration import (
    Ballot,
    Contribution,
    Debate,
    Line,
    Material,
    Moderation,
    Poll,
    Research,
    ResearchQuestion,
    SummaryQuestion,
)
from shared.delegation import WORKERS_OF, Goal, Part, PartQuestion, WorkDone, WorkOrder
from shared.thinking import Passage, ServiceState, SimilarTicket

STEPS = Passage(
    article_id="vpn-drops",
    title="VPN drops on Wi-Fi",
    section="Try this",
    text="1. Forget the Wi-Fi network.\n2. Join it again, then connect the VPN.",
    score=5,
)
WHY = STEPS.model_copy(update={"section": "Why it happens", "text": "A weak Wi-Fi signal makes the VPN drop."})
VPN = ServiceState(id="vpn", name="VPN gateway", status="outage", note="VPN drops.", known_incident="INC-7")
TICKET = SimilarTicket(id="t9", subject="VPN drops", category="network", answer="A new Wi-Fi driver helped.")
ALL = Material(passages=(STEPS, WHY), similar=(TICKET,), services=(VPN,))
QUERY = "VPN drops on Wi-Fi"


def researched(role: str, query: str = QUERY, material: Material = ALL) -> Research:
    question = ResearchQuestion(tenant="default", query=query, role=role, material=material)
    found = research(question.model_dump_json())
    assert check_research(found, question) is None
    return found


def test_each_researcher_looks_from_a_side_of_its_own():
    sources = {role: {item.source for item in researched(role).items} for role in ("web", "news", "social")}
    assert sources == {"web": {"vpn-drops"}, "news": {"vpn"}, "social": {"t9"}}
    assert [item.title for item in researched("academic").items] == ["VPN drops on Wi-Fi: Why it happens"]


def test_a_researcher_without_material_says_so_and_is_not_sure():
    for role in ("web", "academic", "news", "social"):
        found = researched(role, material=Material(degraded=("archive",)))
        assert (found.items, found.confidence) == ((), 0.2)
        assert "Not asked: archive" in found.summary


def test_a_query_about_something_else_finds_nothing():
    assert researched("web", "How do I bake bread?").items == ()
    assert researched("news", "How do I bake bread?").items == ()


def test_the_summary_quotes_the_findings_with_their_sources_and_names_the_silent():
    findings = {"web": researched("web"), "news": researched("news", material=Material())}
    text = summary(SummaryQuestion(query=QUERY, findings=findings).model_dump_json()).text
    assert "Forget the Wi-Fi network" in text
    assert "(vpn-drops)" in text
    assert "Nothing from: news." in text


def voted(role: str, question: str, *options: str, material: Material = ALL) -> Ballot:
    poll = Poll(tenant="default", question=question, options=options, role=role, material=material)
    cast = ballot(poll.model_dump_json())
    assert check_ballot(cast, poll) is None
    return cast


def test_the_voter_of_passages_follows_what_is_documented():
    cast = voted("passages", "VPN drops on Wi-Fi, what first?", "forget and join the network", "buy a new laptop")
    assert cast.choice == "forget and join the network"


def test_the_cautious_voter_takes_what_can_be_undone():
    assert voted("caution", "The disk is full.", "delete and wipe it", "move some files").choice == "move some files"


def test_rules_without_a_reason_abstain():
    for role in ("passages", "wording", "caution"):
        assert voted(role, "Which?", "alpha", "beta", material=Material()).choice is None


def debate(role: str, *lines: tuple[str, str], **changes: Any) -> Debate:
    transcript = tuple(Line(speaker=speaker, text=text) for speaker, text in lines)
    plain = Debate(
        tenant="default",
        question=QUERY,
        participants=("documentation", "github", "operations"),
        transcript=transcript,
        rounds_left=4,
        role=role,
        material=ALL,
    )
    return plain.model_copy(update=changes)


def said(role: str, **changes: Any) -> Contribution:
    return contribution(debate(role, **changes).model_dump_json())


def ruled(*lines: tuple[str, str], **changes: Any) -> Moderation:
    asked = debate("moderator", *lines, **changes)
    ruling = moderation(asked.model_dump_json())
    assert check_moderation(ruling, asked) is None
    return ruling


def test_each_participant_speaks_of_what_it_knows():
    assert "(vpn-drops)" in said("documentation").text
    assert "(t9)" in said("github").text
    assert "INC-7" in said("operations").text


def test_a_participant_with_nothing_to_say_agrees():
    assert said("operations", material=Material()).agrees


def test_the_moderator_hears_everybody_once():
    assert ruled().next_speaker == "documentation"
    assert ruled(("documentation", "x"), ("github", "y")).next_speaker == "operations"


def test_a_disturbance_that_is_there_now_outranks_documentation():
    heard = ("documentation", "steps"), ("github", "t9"), ("operations", "the gateway is down")
    ruling = ruled(*heard)
    assert (ruling.settled, ruling.conclusion) == (True, "By operations: the gateway is down")


def test_a_chat_without_evidence_is_not_settled():
    nothing = tuple((name, said(name, material=Material()).text) for name in ("documentation", "github", "operations"))
    ruling = ruled(*nothing, rounds_left=0)
    assert (ruling.settled, ruling.next_speaker) == (False, None)


def test_the_planner_has_every_question_looked_up_before_the_text_is_written():
    goal = Goal(goal="How does the VPN work? Why does it drop on Wi-Fi?", managers=dict(WORKERS_OF))
    plan = delegation_plan(goal.model_dump_json())
    assert check_plan(plan, goal) is None
    assert [(part.id, part.manager) for part in plan.parts] == [
        ("facts-1", "research"), ("facts-2", "research"), ("text", "content"),
    ]  # fmt: skip
    assert plan.parts[-1].needs == ("facts-1", "facts-2")


def test_a_goal_of_many_sentences_still_makes_a_plan_within_bounds():
    goal = Goal(goal=" ".join(f"Explain number {n} of the list." for n in range(20)), managers=dict(WORKERS_OF))
    plan = delegation_plan(goal.model_dump_json())
    assert check_plan(plan, goal) is None
    assert "number 19" in plan.parts[-2].goal


def test_managers_give_every_worker_of_theirs_a_duty():
    for manager, workers in WORKERS_OF.items():
        part = Part(id="p", manager=manager, goal=QUERY, needs=())
        question = PartQuestion(goal=QUERY, part=part, workers=workers)
        given = assignments(question.model_dump_json())
        assert check_assignments(given, question) is None
        assert tuple(duty.worker for duty in given.duties) == workers


def crew_at_work(goal: str, material: Material) -> WorkDone:
    """The four workers one after the other."""
    before: list[Line] = []
    done = WorkDone(text="", confidence=0)
    for worker in ("web_collector", "document_analyst", "writer", "editor"):
        order = WorkOrder(
            tenant="default", goal=goal, role=worker, task=f"Work on: {goal}", before=tuple(before), material=material
        )
        done = work_done(order.model_dump_json())
        before.append(Line(speaker=worker, text=done.text))
    return done


def test_the_crews_text_rests_on_the_sources_that_were_collected():
    done = crew_at_work(QUERY, ALL)
    assert done.text.startswith("# VPN drops on Wi-Fi")
    assert "Forget the Wi-Fi network" in done.text
    assert done.sources == ("vpn-drops", "t9")


def test_a_crew_without_sources_says_so():
    done = crew_at_work("How do I bake bread?", Material())
    assert "Nothing in the sources bears on this." in done.text
    assert (done.sources, done.confidence) == ((), 0.2)
