"""Plans by rules: quoted knowledge, typed actions, honest refusals."""

import pytest

from adapters.offline_findings import finding
from adapters.offline_plan import lookups, plan
from adapters.offline_texts import FRAMES
from agents.resolver import check_plan
from shared.actions import Action, AddToGroup, RequestSoftware, ResetPassword, UnlockAccount
from shared.thinking import (
    Passage,
    Profile,
    Question,
    Recollection,
    ServiceState,
    SimilarTicket,
    Triage,
    Turn,
)

VPN = Passage(
    article_id="vpn-drops",
    title="VPN drops on Wi-Fi",
    section="Try this first",
    text="1. Move closer to the router.\n2. Turn the VPN off and on again.",
    score=9.0,
)
VPN_DESK = VPN.model_copy(update={"section": "When to call the service desk", "text": "Call about the VPN."})
PRINTER = Passage(
    article_id="printer-offline",
    title="Printer is offline",
    section="Try this first",
    text="1. Switch the printer off and on.",
    score=8.0,
)
KNOWN = Profile(id="u-1001", known=True)
GATEWAY = ServiceState(id="vpn", name="Remote access (VPN)", status="outage", note="Gateway West is down.")


def ask_about(
    text: str,
    *,
    subject: str = "",
    language: str = "en",
    profile: Profile = KNOWN,
    passages: tuple[Passage, ...] = (VPN, VPN_DESK, PRINTER),
    services: tuple[ServiceState, ...] = (),
    history: tuple[Turn, ...] = (),
    category: str = "network",
    impact: int = 3,
    complexity: str = "simple",
    episode: int = 1,
) -> Question:
    triaged = Triage.model_validate(
        {
            "category": category,
            "type": "incident",
            "impact": impact,
            "urgency": 2,
            "complexity": complexity,
            "confidence": 0.9,
            "language": language,
            "reasons": ["test"],
        }
    )
    known = Recollection(profile=profile, passages=passages, services=services, history=history)
    return Question(
        ticket_id="t-1",
        subject=subject,
        text=text,
        requester_id="u-1001",
        recollection=known,
        triage=triaged,
        episode=episode,
    )


def actions_for(text: str, **given: str) -> tuple[Action, ...]:
    return plan(ask_about(text, category=given.get("category", "access_identity")), {}).actions


def test_the_answer_quotes_the_fitting_section_word_for_word_and_cites_it() -> None:
    question = ask_about("The VPN drops all the time on my Wi-Fi")
    made = plan(question, {})
    assert made.outcome == "answer"
    assert VPN.text in made.answer
    assert [(cited.id, cited.section) for cited in made.citations] == [("vpn-drops", "Try this first")]
    assert check_plan(made, question) is None


def test_steps_are_preferred_to_the_section_that_says_whom_to_call() -> None:
    made = plan(ask_about("VPN drops on Wi-Fi", passages=(VPN_DESK, VPN)), {})
    assert made.citations[0].section == "Try this first"


def test_nothing_is_answered_from_knowledge_that_does_not_fit() -> None:
    made = plan(ask_about("The coffee machine in the kitchen leaks water on the floor"), {})
    assert made.outcome == "escalate"
    assert made.citations == ()
    assert made.reason


@pytest.mark.parametrize("text", ["It does not work", "help!", "broken again"])
def test_a_vague_ticket_is_asked_about(text: str) -> None:
    made = plan(ask_about(text), {})
    assert made.outcome == "ask_requester"
    assert "?" in made.answer


@pytest.mark.parametrize("language", ["en", "fr", "de", "es"])
def test_the_frame_is_in_the_language_of_the_ticket(language: str) -> None:
    made = plan(ask_about("VPN drops on Wi-Fi", language=language), {})
    assert made.answer.startswith(FRAMES[language].greeting)
    assert made.answer.endswith(FRAMES[language].closing)


def test_a_language_without_a_frame_is_answered_in_english() -> None:
    assert plan(ask_about("VPN drops on Wi-Fi", language="nl"), {}).answer.startswith("Hello")


@pytest.mark.parametrize(
    "text",
    [
        "My account is locked",
        "I am locked out, please unlock me",
        "Mon compte est bloqué",
        "Mein Konto ist gesperrt",
        "Mi cuenta está bloqueada",
    ],
)
def test_a_locked_account_is_to_be_unlocked(text: str) -> None:
    assert actions_for(text) == (UnlockAccount(user_id="u-1001"),)


def test_an_account_the_directory_shows_as_locked_is_to_be_unlocked() -> None:
    locked = KNOWN.model_copy(update={"locked": True})
    made = plan(ask_about("I cannot sign in", profile=locked, category="access_identity"), {})
    assert made.actions == (UnlockAccount(user_id="u-1001"),)


@pytest.mark.parametrize(
    "text",
    [
        "I forgot my password",
        "Please reset my password",
        "J'ai oublié mon mot de passe",
        "Ich habe mein Passwort vergessen",
        "He olvidado mi contraseña",
    ],
)
def test_a_forgotten_password_is_to_be_reset(text: str) -> None:
    assert actions_for(text) == (ResetPassword(user_id="u-1001"),)


@pytest.mark.parametrize(
    "text",
    [
        "Please add me to the group finance-share",
        "I need access to the finance share",
        "Ich brauche Zugriff auf finance-share",
        "J'ai besoin d'un accès à finance-share",
    ],
)
def test_access_to_a_named_group_is_to_be_given(text: str) -> None:
    assert actions_for(text) == (AddToGroup(user_id="u-1001", group="finance-share"),)


@pytest.mark.parametrize(
    ("text", "software"),
    [
        ("Please install Visual Studio Code on my laptop", "Visual Studio Code"),
        ("I need a licence for Visio", "Visio"),
        ("Can you install a PDF editor for me?", "PDF editor"),
    ],
)
def test_named_software_is_to_be_requested(text: str, software: str) -> None:
    assert actions_for(text, category="software") == (RequestSoftware(user_id="u-1001", software=software),)


@pytest.mark.parametrize(
    "text",
    [
        "My phone is locked in a drawer",
        "The file is locked by another user",
        "I cannot access the network",
        "The installation of the update failed",
        "Your password policy is annoying",
    ],
)
def test_no_change_is_made_up(text: str) -> None:
    assert actions_for(text, category="general") == ()


def test_a_change_for_somebody_else_is_looked_up_first() -> None:
    question = ask_about("Please unlock the account of u-1002, it is locked", category="access_identity")
    assert lookups(question)["lookup_user"] == {"user_id": "u-1002"}
    known = plan(question, {"lookup_user": {"id": "u-1002", "known": True}})
    assert known.actions == (UnlockAccount(user_id="u-1002"),)
    stranger = plan(question, {"lookup_user": {"id": "u-1002", "known": False}})
    assert (stranger.outcome, stranger.actions) == ("ask_requester", ())


def test_nothing_is_changed_for_a_requester_whom_the_directory_does_not_know() -> None:
    stranger = Profile(id="u-1001", known=False)
    made = plan(ask_about("My account is locked", profile=stranger, category="access_identity"), {})
    assert (made.outcome, made.actions) == ("ask_requester", ())


def test_what_looks_like_an_outage_is_checked_with_the_tool() -> None:
    question = ask_about("The VPN is down for the whole team", impact=1)
    assert "service_status" in lookups(question)
    made = plan(question, {"service_status": [GATEWAY.model_dump(mode="json")]})
    assert "Gateway West is down." in made.answer


def test_a_known_disturbance_alone_is_told_and_left_to_a_person() -> None:
    made = plan(ask_about("The VPN is down", services=(GATEWAY,), passages=()), {})
    assert (made.outcome, made.citations) == ("escalate", ())
    assert "Gateway West is down." in made.answer


def test_what_the_tool_says_now_counts_more_than_what_was_recalled() -> None:
    question = ask_about("The VPN is down", services=(GATEWAY,))
    assert "Gateway West is down." in plan(question, {}).answer
    assert "Gateway West" not in plan(question, {"service_status": []}).answer


def test_a_service_that_only_shares_a_letter_group_is_not_blamed() -> None:
    builds = ServiceState(id="build-platform", name="Build and deployment platform", status="outage")
    made = plan(ask_about("VPN drops on Wi-Fi in building C", services=(builds,)), {})
    assert "deployment" not in made.answer


def test_a_complex_ticket_is_not_settled_by_an_article_about_a_part_of_it() -> None:
    text = (
        "VPN drops on Wi-Fi, orders in the shop are slow, invoices leave twice, the telephone rings at the "
        "wrong desk, badges fail at the gate and the forklift terminals freeze after each scan"
    )
    assert plan(ask_about(text, complexity="complex"), {}).outcome == "escalate"


def test_a_reopened_ticket_does_not_get_the_same_answer_again() -> None:
    told = Turn(id="1", role="assistant", text=f"Hello,\n\n{VPN.text}")
    again = ask_about("The VPN still drops on Wi-Fi", passages=(VPN,), history=(told,), episode=2)
    made = plan(again, {})
    assert made.outcome == "escalate"
    assert VPN.text not in made.answer


def test_a_requester_who_wants_a_person_gets_one() -> None:
    question = ask_about("VPN drops on Wi-Fi")
    assert question.triage is not None
    wanting = question.triage.model_copy(update={"wants_person": True})
    assert plan(question.model_copy(update={"triage": wanting}), {}).outcome == "escalate"


def test_a_revision_leaves_out_what_was_at_fault() -> None:
    question = ask_about("VPN drops on Wi-Fi and the printer is offline")
    draft = plan(question, {})
    blamed = draft.citations[0].id
    revised = plan(question.model_copy(update={"draft": draft, "problems": (f"{blamed} does not fit.",)}), {})
    assert blamed not in {cited.id for cited in revised.citations}


def test_what_rules_cannot_mend_goes_to_a_person() -> None:
    question = ask_about("VPN drops on Wi-Fi")
    draft = plan(question, {})
    revised = plan(question.model_copy(update={"draft": draft, "problems": ("The tone is cold.",)}), {})
    assert revised.outcome == "escalate"
    assert "The tone is cold." in revised.reason


def test_a_better_fit_is_a_surer_answer() -> None:
    exact = plan(ask_about("VPN drops on Wi-Fi"), {})
    vague = plan(ask_about("VPN drops on the train between meetings and my customers wait for figures"), {})
    assert exact.confidence > vague.confidence


def test_specialists_each_find_what_is_on_their_side() -> None:
    base = ask_about("The VPN drops on Wi-Fi", services=(GATEWAY,))
    similar = SimilarTicket(id="t-0", subject="VPN drops", category="network", answer="Moved the router.")
    known = base.recollection.model_copy(update={"similar": (similar,)})

    def found(role: str) -> str:
        return finding(base.model_copy(update={"role": role, "recollection": known}), {}).summary

    assert "Move closer" in found("knowledge")
    assert "Gateway West is down." in found("incidents")
    assert "t-0" in found("history")


def test_a_specialist_who_finds_nothing_says_so_with_little_confidence() -> None:
    nothing = ask_about("The coffee machine leaks", passages=())
    for role in ("knowledge", "history"):
        assert finding(nothing.model_copy(update={"role": role}), {}).confidence <= 0.3
