"""What the words of a ticket tell beyond its topic: a breach, many people who cannot work, a matter that is settled.

The wordings are none of the evaluation's and none that the rules were trained on.
"""

import time

import pytest

from adapters.offline_breaches import (
    FRAUD,
    GIVEN_AWAY,
    MALWARE,
    MISDIRECTED,
    RANSOM,
    STOLEN,
    TAKEN_OVER,
    reports_breach,
)
from adapters.offline_classifier import classifier
from adapters.offline_signals import business_is_down, many_cannot_work, says_it_is_solved
from adapters.offline_triage import triage
from shared.thinking import Profile, Question, Recollection, Triage

EXAMPLES = "samples/triage/examples.jsonl"


def of(text: str) -> Triage:
    known = Recollection(profile=Profile(id="u-1", known=True))
    asked = Question(ticket_id="t", subject="", text=text, requester_id="u-1", recollection=known)
    return triage(asked, classifier(EXAMPLES))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Someone rang pretending to be from the bank and I read out the one-time code.", GIVEN_AWAY),
        ("A customer got another customer's invoice from me, with address and account number.", MISDIRECTED),
        ("There is a programme on my pc I did not install and the camera light is on.", MALWARE),
        ("Ich habe auf den Link in der Paket-SMS geklickt und meine Daten eingetragen.", GIVEN_AWAY),
        ("Ein angeblicher Mitarbeiter von Microsoft war per Fernwartung auf meinem Rechner.", FRAUD),
        ("Bewerbungsunterlagen sind an den falschen Verteiler gegangen.", MISDIRECTED),
        ("Alle Dateien haben plötzlich eine komische Endung und sind nicht lesbar.", RANSOM),
        ("J'ai transféré le fichier des salaires à la mauvaise personne.", MISDIRECTED),
        ("Quelqu'un s'est connecté à ma boîte depuis l'étranger cette nuit.", TAKEN_OVER),
        ("Un faux directeur me demande un virement urgent.", FRAUD),
        ("He metido mi contraseña en una página que era falsa.", GIVEN_AWAY),
        ("Me piden dinero para devolverme los archivos.", RANSOM),
        ("Alguien usa mi cuenta para mandar correos raros.", TAKEN_OVER),
        ("Ho spedito i dati personali dei clienti al fornitore sbagliato.", MISDIRECTED),
        ("Mi hanno rubato il portatile aziendale.", STOLEN),
    ],
)
def test_a_breach_is_heard_in_each_language_and_becomes_a_security_incident(text: str, kind: str) -> None:
    assert reports_breach(text) == kind
    told = of(text)
    assert (told.category, told.type) == ("security", "incident")


@pytest.mark.parametrize(
    "text",
    [
        "I entered my password three times and now the account is locked.",
        "Could someone add me to the sales mailbox please?",
        "Wrong toner was delivered to the department.",
        "Please send the invoice to a different address.",
        "The antivirus licence runs out next month.",
        "Die Mail an den Kunden kam als unzustellbar zurück.",
        "Der Drucker zieht das Papier falsch ein.",
        "J'ai supprimé par erreur le dossier des contrats.",
        "Mon écran reste noir, pouvez-vous m'en envoyer un autre ?",
        "He olvidado la contraseña del correo.",
        "Ho cancellato per errore la cartella dei clienti.",
    ],
)
def test_everyday_trouble_with_the_same_words_is_no_breach(text: str) -> None:
    assert reports_breach(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "All our branches report that the booking application does not load, guests are queueing at the desks.",
        "No one at the Leeds plant can log in any more and the lines have stopped.",
        "Keiner im Haus kommt ins Netz, die Produktion steht komplett.",
        "Der Onlineshop ist weg, es kommen keine Bestellungen mehr herein.",
        "Plus aucun poste ne démarre dans l'usine, les chaînes sont à l'arrêt.",
        "Le site marchand ne répond plus, nous ne recevons plus aucune commande.",
        "Toda la fábrica sin sistema, no podemos enviar nada a los clientes.",
        "Ha caído el servidor central y 150 personas no pueden trabajar.",
        "Nessun dipendente riesce ad accedere, la produzione è bloccata.",
        "Il sito di vendita è giù, perdiamo ordini da ore.",
    ],
)
def test_many_who_cannot_work_are_a_p1_in_each_language(text: str) -> None:
    told = of(text)
    assert (told.impact, told.urgency) == (1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "Nobody can hear me in meetings, my microphone is on.",
        "The H: drive is gone, everybody else in my row has theirs.",
        "Die API der Testumgebung ist ausgefallen, der Webshop dort antwortet mit 503.",
        "Bitte Lizenzkosten für 40 weitere Mitarbeiter schätzen",
        "Le second écran n'est pas reconnu.",
        "He olvidado la contraseña del correo.",
    ],
)
def test_the_trouble_of_one_or_of_a_trial_is_no_p1(text: str) -> None:
    assert not many_cannot_work(text)
    assert not business_is_down(text)


@pytest.mark.parametrize(
    ("text", "is_solved"),
    [
        ("The printer works again, thanks a lot!", True),
        ("Der Drucker geht wieder, danke", True),
        ("Risolto, la stampante va, grazie", True),
        ("It works again but only on the cable", False),
        ("Works again, though mail is not there", False),
        ("Is it fixed now? The printer still blinks", False),
    ],
)
def test_a_word_of_thanks_is_no_ticket_and_a_but_is_one(text: str, is_solved: bool) -> None:
    assert says_it_is_solved(text) == is_solved
    if is_solved:
        assert of(text).category == "not_a_ticket"


def test_a_long_text_is_read_quickly_enough_to_go_unnoticed() -> None:
    text = "all the staff sent mail, somebody typed the code of the account, nothing is asked. " * 250
    began = time.process_time()
    of(text)
    assert time.process_time() - began < 5
