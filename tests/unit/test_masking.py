"""What is masked before a model reads a text, and what support still needs to see."""

import time

import pytest

from shared.masking import mask, restorable, restore

# Assembled here, so that no scanner takes an example for a leaked secret.
AWS_KEY = "AKIA" + "ABCDEFGHIJKLMNOP"
GITHUB_TOKEN = "ghp_" + "a1B2" * 9
OPENAI_KEY = "sk-" + "abcdEFGH1234" * 3
JWT = ".".join(("eyJ" + "hbGciOiJI" * 2, "eyJ" + "zdWIiOiIx" * 2, "c2lnbmF0dXJl"))
PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA " + "PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Write to anna.berg+it@mail.example.co.uk.", "Write to [email]."),
        ("écrivez à jérôme@exemple.fr", "écrivez à [email]"),
        ("<bob@example.org>", "<[email]>"),
        ("Call +33 6 12 34 56 78 today", "Call [phone] today"),
        ("+49 (0)30 1234567", "[phone]"),
        ("+442079460958", "[phone]"),
        ("0033612345678", "[phone]"),
        ("mon numéro : 06 12 34 56 78.", "mon numéro : [phone]."),
        ("06.12.34.56.78", "[phone]"),
        ("0612345678", "[phone]"),
        ("unter 030 1234567 erreichbar", "unter [phone] erreichbar"),
        ("0171/1234567", "[phone]"),
        ("020 7946 0958", "[phone]"),
        ("(212) 555-0100", "[phone]"),
        ("212-555-0100", "[phone]"),
        ("mi móvil es 612 345 678", "mi móvil es [phone]"),
        ("call me on 5551234567", "call me on [phone]"),
        ("card 4111 1111 1111 1111, 12/27", "card [card], 12/27"),
        ("5555-5555-5555-4444", "[card]"),
        ("378282246310005", "[card]"),
        ("room 12 4111-1111-1111-1111 123", "room 12 [card] 123"),
        ("DE89 3704 0044 0532 0130 00 bitte", "[iban] bitte"),
        ("gb82 west 1234 5698 7654 32 thanks", "[iban] thanks"),
        ("FR1420041010050500013M02606", "[iban]"),
        ("SSN 123-45-6789", "SSN [national_id]"),
        ("NINO QQ 12 34 56 C", "NINO [national_id]"),
        ("AB123456C", "[national_id]"),
        ("1 84 12 76 451 089 46", "[national_id]"),
        ("Steuer-ID 86 095 742 719", "Steuer-ID [national_id]"),
    ],
)
def test_personal_data_becomes_its_kind_in_brackets(text: str, masked: str):
    assert mask(text)[0] == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("my password is Hunter2.", "my password is [password]."),
        ("My password for the VPN is Sunshine1", "My password for the VPN is [password]"),
        ("password: sunshine", "password: [password]"),
        ("password = abc,def;1", "password = [password]"),
        ('my password is "correct horse battery"', 'my password is "[password]"'),
        ("I changed my password to Summer2026!", "I changed my password to [password]"),
        ("the password Hunter2! does not work", "the password [password] does not work"),
        ("sunshine is my password", "[password] is my password"),
        ("mot de passe : Soleil42", "mot de passe : [password]"),
        ("mon mot de passe est tournesol", "mon mot de passe est [password]"),
        ("mot de passe actuel : Soleil42", "mot de passe actuel : [password]"),
        ("Mein Passwort lautet Sommer2026!", "Mein Passwort lautet [password]"),
        ("das Kennwort für Outlook ist Sonne#1", "das Kennwort für Outlook ist [password]"),
        ("mi contraseña es verano", "mi contraseña es [password]"),
        ("la contraseña de la VPN es Luna2024", "la contraseña de la VPN es [password]"),
        ("PIN: 4821", "PIN: [password]"),
        ("postgres://app:secret@db/x", "postgres://app:[password]@db/x"),
    ],
)
def test_a_password_said_in_a_sentence_is_masked(text: str, masked: str):
    assert mask(text) == (masked, ("password",))


@pytest.mark.parametrize(
    ("text", "masked", "kind"),
    [
        ("Authorization: Bearer " + "abcd1234" * 4, "Authorization: Bearer [token]", "token"),
        (f"the token {JWT} expired", "the token [token] expired", "token"),
        (f"key:\n{PRIVATE_KEY}\nthanks", "key:\n[private_key]\nthanks", "private_key"),
        (PRIVATE_KEY[:50], "[private_key]", "private_key"),
        (f"use {AWS_KEY} please", "use [cloud_key] please", "cloud_key"),
        (GITHUB_TOKEN, "[cloud_key]", "cloud_key"),
        (OPENAI_KEY, "[cloud_key]", "cloud_key"),
        ("AccountKey=" + "aB3/" * 10 + "==;Endpoint", "AccountKey=[cloud_key];Endpoint", "cloud_key"),
        ("api_key: " + "q1w2e3r4" * 3, "api_key: [cloud_key]", "cloud_key"),
    ],
)
def test_tokens_and_keys_are_masked(text: str, masked: str, kind: str):
    assert mask(text) == (masked, (kind,))


@pytest.mark.parametrize(
    "text",
    [
        "INC0012345678 and REQ-2026-000123",
        "ticket 0612345678",
        "see #0612345678",
        "CHG 0030012",
        "Windows 10.0.26100.2314",
        "Outlook 16.0.17928.20114",
        "Teams 24295.605.3225.8804 build 22631.3007",
        "192.168.100.200 and 10.20.30.40/24",
        "fe80::1ff:fe23:4567:890a",
        "00:1A:2B:3C:4D:5E",
        "since 09:30, until 17:45:10",
        "2026-11-02T09:30:00+01:00",
        "02.11.2026 09:00",
        "02/11/2026 - 03/11/2026",
        "20261102 093000",
        "from 0800 - 1700",
        "error 0x80070005",
        "0xC000021A at 0x0000000000000000",
        "error code 1603, KB5034441, CVE-2026-12345",
        "STATUS 4625 1000000 bytes",
        "550e8400-e29b-41d4-a716-446655440000",
        "IMEI 353918057325497",
        "4111 1111 1111 1112 is no card",
        "DE89370400440532013001 is no IBAN",
        "12345678901 is no tax number",
        "1700000000",
        "room 4.12, extension 4821",
        "the phone shows 17.2.1",
        "the phone died at 2026-11-02",
        "printer @ floor 2",
        "user@host",
    ],
)
def test_what_support_needs_to_see_stays(text: str):
    assert mask(text) == (text, ())


@pytest.mark.parametrize(
    "text",
    [
        "my password is expired",
        "my password is not working",
        "Password: expired",
        "password is being rejected",
        "password error 0x8007052e",
        "password reset INC0012345",
        "reset my password, please: it is urgent",
        "what is my password?",
        "this is my password problem",
        "the password must contain 8 characters",
        "mon mot de passe est expiré",
        "mot de passe oublié",
        "mein Passwort ist abgelaufen",
        "Passwort vergessen",
        "mi contraseña está caducada",
        "the pin is bent",
    ],
)
def test_words_about_a_password_are_not_one(text: str):
    assert mask(text) == (text, ())


def test_kinds_are_told_once_each():
    text, kinds = mask("a@example.org, b@example.org, password: Hunter2, +33 6 12 34 56 78")
    assert text == "[email], [email], password: [password], [phone]"
    assert sorted(kinds) == ["email", "password", "phone"]


@pytest.mark.parametrize(
    "text",
    [
        "password: Hunter2, card 4111 1111 1111 1111 and a@example.org",
        'mot de passe : "x y"; DE89370400440532013000; Bearer ' + "abcd" * 8,
        "call me on 5551234567; PIN 4821; AccountKey=" + "aB3/" * 10,
    ],
)
def test_masking_twice_changes_nothing_more(text: str):
    once = mask(text)[0]
    assert mask(once) == (once, ())


@pytest.mark.parametrize(
    "piece",
    [
        "a", "1", "1 ", "4 ", "42", "@", "a@", "a.", "@a.", "+1", "00 1", "06 ", "212-555-", "DE89 ",
        "ab12 34 ", "password is ", "password for a ", "my password for x y z ", 'password "', "eyJ",
        "eyJaaaaaaaa.", PRIVATE_KEY[:31], "-----BEGIN ", "Bearer ", "phone ", "phone: number ", "://a:",
        "sig=", "(",
        "AKIA", "[email]", " ", "\n", "\t", "é", "\u200b", "=", "api key ", "is my password ",
    ],
)  # fmt: skip
def test_hostile_text_takes_time_in_proportion_to_its_length(piece: str):
    text = (piece * 20_000)[:20_000]
    started = time.process_time()
    mask(text)
    assert time.process_time() - started < 4, "ten times what the slowest takes"


def test_what_a_requester_gave_is_put_back_but_never_a_secret():
    given = restorable(["I am at bob@example.org", "bob@example.org, password: Hunter2, card 4111 1111 1111 1111"])
    assert given == {"email": "bob@example.org"}
    assert restore("We write to [email]; [password] and [card] stay.", given) == (
        "We write to bob@example.org; [password] and [card] stay."
    )


def test_two_of_a_kind_are_not_put_back():
    """Nobody can tell which of them the placeholder stands for."""
    assert restorable(["a@example.org and b@example.org"]) == {}
