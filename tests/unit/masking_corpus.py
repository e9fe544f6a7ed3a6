"""What people write, in five languages, with what in it is private; nothing is where nothing is.

Numbers are made up or published for tests; what looks like a key is put together here, so that no scanner takes it
for a leaked one.
"""

from typing import NamedTuple


class Case(NamedTuple):
    language: str
    text: str
    private: tuple[str, ...] = ()


SEED = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF"
GITHUB = "ghp" + "_" + (SEED * 2)[:36]
GITLAB = "glpat" + "-" + SEED[:20]
AWS = "AKIA" + "QWERTYUIOPASDFGH"
SLACK = "xoxb" + "-123456789012-" + SEED.lower()
STRIPE = "sk" + "_live_" + SEED[:24]
OPENAI = "sk" + "-proj-" + SEED
GOOGLE = "AIza" + (SEED * 2)[:35]
SENDGRID = "SG" + "." + SEED[:22] + "." + (SEED * 2)[:43]
DISCORD = "M" + SEED[:23] + "." + SEED[:6] + "." + SEED[:27]
MAILCHIMP = "0123456789abcdef" * 2 + "-us12"
NPM = "npm" + "_" + (SEED * 2)[:36]
TWILIO = "AC" + SEED.lower()
PYPI = "pypi" + "-AgEIcHlwaS5vcmc" + SEED * 3
JWT = ".".join(("eyJ" + "hbGciOiJI" * 2, "eyJ" + "zdWIiOiIx" * 2, "c2lnbmF0dXJl"))
STORAGE = SEED * 2 + SEED[:22] + "=="
PEM = "-----BEGIN EC " + "PRIVATE KEY-----\nMHcCAQEE\n-----END EC " + "PRIVATE KEY-----"
OPENSSH = "-----BEGIN OPENSSH " + "PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH " + "PRIVATE KEY-----"

VISA, MASTERCARD, AMEX = "4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005"
DISCOVER, MAESTRO = "6011111111111117", "6759 6498 2643 8453"

POSITIVE = (
    Case("en", "Please write to anna.berg+it@mail.example.co.uk.", ("anna.berg+it@mail.example.co.uk",)),
    Case("en", "cc <bob@example.org>, carol_d@sub.example.net", ("bob@example.org", "carol_d@sub.example.net")),
    Case("en", "My number is +44 20 7946 0958, ask for Pat.", ("+44 20 7946 0958",)),
    Case("en", "Ring me on 020 7946 0958 after lunch", ("020 7946 0958",)),
    Case("en", "my mobile is 07700 900123", ("07700 900123",)),
    Case("en", "Call (212) 555-0100 or 212-555-0199", ("(212) 555-0100", "212-555-0199")),
    Case("en", "call me on 5551234567", ("5551234567",)),
    Case("en", "US office: +1 650-253-0000", ("+1 650-253-0000",)),
    Case("en", "from India +91 98765 43210", ("+91 98765 43210",)),
    Case("en", "Sydney: +61 2 9374 4000", ("+61 2 9374 4000",)),
    Case("en", f"The company card {VISA} was refused", (VISA,)),
    Case("en", f"Mastercard {MASTERCARD}, exp 12/27", (MASTERCARD,)),
    Case("en", f"amex {AMEX}", (AMEX,)),
    Case("en", f"discover:{DISCOVER}", (DISCOVER,)),
    Case("en", "card 4111.1111.1111.1111", ("4111.1111.1111.1111",)),
    Case("en", "pay to GB82 WEST 1234 5698 7654 32 thanks", ("GB82 WEST 1234 5698 7654 32",)),
    Case("en", "my SSN is 219-09-9998 for payroll", ("219-09-9998",)),
    Case("en", "National Insurance QQ 12 34 56 C", ("QQ 12 34 56 C",)),
    Case("en", "NINO AB123456C", ("AB123456C",)),
    Case("en", "my password is Hunter2.", ("Hunter2",)),
    Case("en", "My password for the VPN is Sunshine1", ("Sunshine1",)),
    Case("en", "password: sunshine", ("sunshine",)),
    Case("en", 'passphrase is "correct horse battery"', ("correct horse battery",)),
    Case("en", "I changed my password to Summer2026!", ("Summer2026!",)),
    Case("en", "the password Hunter2! does not work", ("Hunter2!",)),
    Case("en", "sunshine is my password", ("sunshine",)),
    Case("en", "PIN: 4821", ("4821",)),
    Case("en", "my passcode = 99-blue-cats", ("99-blue-cats",)),
    Case("en", "postgres://app:s3cr3t@db.internal/x", ("s3cr3t",)),
    Case("en", "https://user:pa55word@intranet.example.com/path", ("pa55word",)),
    Case("en", f"use {AWS} please", (AWS,)),
    Case("en", f"token {GITHUB} leaked", (GITHUB,)),
    Case("en", f"CI uses {GITLAB}", (GITLAB,)),
    Case("en", f"bot {SLACK}", (SLACK,)),
    Case("en", f"stripe key {STRIPE}", (STRIPE,)),
    Case("en", f"OPENAI {OPENAI}", (OPENAI,)),
    Case("en", f"maps {GOOGLE}", (GOOGLE,)),
    Case("en", f"mail {SENDGRID}", (SENDGRID,)),
    Case("en", f"discord {DISCORD}", (DISCORD,)),
    Case("en", f"list {MAILCHIMP}", (MAILCHIMP,)),
    Case("en", f"registry {NPM}", (NPM,)),
    Case("en", f"sms {TWILIO}", (TWILIO,)),
    Case("en", f"upload {PYPI}", (PYPI,)),
    Case("en", f"Authorization: Bearer {SEED}", (SEED,)),
    Case("en", f"the token {JWT} expired", (JWT,)),
    Case("en", f"AccountName=x;AccountKey={STORAGE};EndpointSuffix=y", (STORAGE,)),
    Case("en", f"api key is {SEED}", (SEED,)),
    Case("en", f'"client_secret": "{SEED}"', (SEED,)),
    Case("en", f"key:\n{PEM}\nthanks", (PEM,)),
    Case("en", f"{OPENSSH}", (OPENSSH,)),
    Case("fr", "écrivez à jérôme@exemple.fr", ("jérôme@exemple.fr",)),
    Case("fr", "mon numéro : 06 12 34 56 78.", ("06 12 34 56 78",)),
    Case("fr", "joignable au 06.12.34.56.78", ("06.12.34.56.78",)),
    Case("fr", "tél. 0612345678", ("0612345678",)),
    Case("fr", "depuis l'étranger +33 6 12 34 56 78", ("+33 6 12 34 56 78",)),
    Case("fr", "ou 0033612345678", ("0033612345678",)),
    Case("fr", "appelez-moi au 01 42 68 53 00", ("01 42 68 53 00",)),
    Case("fr", "Genève : +41 22 730 51 11", ("+41 22 730 51 11",)),
    Case("fr", f"ma carte {VISA} est bloquée", (VISA,)),
    Case("fr", "IBAN FR14 2004 1010 0505 0001 3M02 606 merci", ("FR14 2004 1010 0505 0001 3M02 606",)),
    Case("fr", "FR1420041010050500013M02606", ("FR1420041010050500013M02606",)),
    Case("fr", "sécu 1 84 12 76 451 089 46", ("1 84 12 76 451 089 46",)),
    Case("fr", "NIR 295109912611193", ("295109912611193",)),
    Case("fr", "registre national 85.07.30-033.28", ("85.07.30-033.28",)),
    Case("fr", "mot de passe : Soleil42", ("Soleil42",)),
    Case("fr", "mon mot de passe est tournesol", ("tournesol",)),
    Case("fr", "mot de passe actuel : Soleil42", ("Soleil42",)),
    Case("fr", "mdp = vent+mer9", ("vent+mer9",)),
    Case("fr", "j'ai changé mon mot de passe en Automne2026!", ("Automne2026!",)),
    Case("fr", "le code PIN 4821 ne marche pas", ("4821",)),
    Case("fr", f"la clé api_key={SEED}", (SEED,)),
    Case("fr", f"jeton {GITHUB}", (GITHUB,)),
    Case("de", "Mail an jürgen.groß@beispiel.de bitte", ("jürgen.groß@beispiel.de",)),
    Case("de", "unter 030 1234567 erreichbar", ("030 1234567",)),
    Case("de", "0171/1234567", ("0171/1234567",)),
    Case("de", "Handy: 0151 23456789", ("0151 23456789",)),
    Case("de", "+49 (0)30 1234567", ("+49 (0)30 1234567",)),
    Case("de", "Rufen Sie mich an: 089 1234567", ("089 1234567",)),
    Case("de", "aus Wien +43 1 514440", ("+43 1 514440",)),
    Case("de", f"Firmenkarte {MASTERCARD} gesperrt", (MASTERCARD,)),
    Case("de", f"Karte {MAESTRO}", (MAESTRO,)),
    Case("de", "DE89 3704 0044 0532 0130 00 bitte", ("DE89 3704 0044 0532 0130 00",)),
    Case("de", "IBAN: DE89370400440532013000.", ("DE89370400440532013000",)),
    Case("de", "Steuer-ID 36 574 261 809", ("36 574 261 809",)),
    Case("de", "AHV-Nummer 756.9217.0769.85", ("756.9217.0769.85",)),
    Case("de", "Mein Passwort lautet Sommer2026!", ("Sommer2026!",)),
    Case("de", "das Kennwort für Outlook ist Sonne#1", ("Sonne#1",)),
    Case("de", "Passwort: geheimnis", ("geheimnis",)),
    Case("de", "ich habe das Passwort auf Winter2026! geändert", ("Winter2026!",)),
    Case("de", "Mein Passwort ist „Hund und Katze“", ("Hund und Katze",)),
    Case("de", "PIN ist 4821", ("4821",)),
    Case("de", f"Schlüssel: {AWS}", (AWS,)),
    Case("de", f"SharedAccessKey={SEED}", (SEED,)),
    Case("es", "escríbame a lucía.núñez@ejemplo.es", ("lucía.núñez@ejemplo.es",)),
    Case("es", "mi móvil es 612 345 678", ("612 345 678",)),
    Case("es", "llámame al 912 34 56 78", ("912 34 56 78",)),
    Case("es", "teléfono +34 612 34 56 78", ("+34 612 34 56 78",)),
    Case("es", "México: +52 55 5093 4000", ("+52 55 5093 4000",)),
    Case("es", f"tarjeta {VISA} rechazada", (VISA,)),
    Case("es", "cuenta ES91 2100 0418 4502 0005 1332", ("ES91 2100 0418 4502 0005 1332",)),
    Case("es", "mi DNI es 54362315K", ("54362315K",)),
    Case("es", "DNI 54.362.315-K", ("54.362.315-K",)),
    Case("es", "NIE X-2482300W", ("X-2482300W",)),
    Case("es", "mi contraseña es verano", ("verano",)),
    Case("es", "la contraseña de la VPN es Luna2024", ("Luna2024",)),
    Case("es", "contraseña: mariposa", ("mariposa",)),
    Case("es", "cambié la contraseña a Invierno2026!", ("Invierno2026!",)),
    Case("es", "el código PIN 4821", ("4821",)),
    Case("es", f"token: {SEED}", (SEED,)),
    Case("es", f"la clave {STRIPE}", (STRIPE,)),
    Case("it", "scrivetemi a niccolò.rossi@esempio.it", ("niccolò.rossi@esempio.it",)),
    Case("it", "chiamami al 347 123 4567", ("347 123 4567",)),
    Case("it", "cellulare: +39 347 123 4567", ("+39 347 123 4567",)),
    Case("it", "ufficio 02 1234 5678", ("02 1234 5678",)),
    Case("it", f"la carta {MASTERCARD} non funziona", (MASTERCARD,)),
    Case("it", "IBAN IT60 X054 2811 1010 0000 0123 456", ("IT60 X054 2811 1010 0000 0123 456",)),
    Case("it", "codice fiscale RCCMNL83S18D969H", ("RCCMNL83S18D969H",)),
    Case("it", "la mia password è girasole", ("girasole",)),
    Case("it", "password: Estate2026!", ("Estate2026!",)),
    Case("it", "ho cambiato la password in Inverno#9", ("Inverno#9",)),
    Case("it", "la password del Wi-Fi è casa-blu", ("casa-blu",)),
    Case("it", "il PIN è 4821", ("4821",)),
    Case("it", f"chiave {GOOGLE}", (GOOGLE,)),
)

NEGATIVE = (
    *(
        Case("en", text)
        for text in (
            "INC0012345678 and REQ-2026-000123", "ticket 0612345678", "see #0612345678", "CHG 0030012",
            "Windows 10.0.26100.2314", "Outlook 16.0.17928.20114", "Teams 24295.605.3225.8804 build 22631.3007",
            "192.168.100.200 and 10.20.30.40/24", "fe80::1ff:fe23:4567:890a", "00:1A:2B:3C:4D:5E",
            "since 09:30, until 17:45:10", "2026-11-02T09:30:00+01:00", "from 0800 - 1700", "20261102 093000",
            "error 0x80070005", "0xC000021A at 0x0000000000000000", "error code 1603, KB5034441, CVE-2026-12345",
            "STATUS 4625 1000000 bytes", "550e8400-e29b-41d4-a716-446655440000", "IMEI 353918057325497",
            "4111 1111 1111 1112 is no card", "order 4111 1111 1111 is too short", "room 4.12, extension 4821",
            "the phone shows 17.2.1", "the phone died at 2026-11-02", "printer @ floor 2", "user@host", "1700000000",
            "my password is expired", "my password is not working", "password is being rejected",
            "password error 0x8007052e", "password reset INC0012345", "reset my password, please: it is urgent",
            "what is my password?", "the password must contain 8 characters", "the pin is bent",
            "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "commit 3f2504e04f89",
            "https://intranet.example.com/kb?id=20261102", "C:\\Users\\u-1002\\AppData\\Local\\Temp\\log_20261102.txt",
            "license for 250 seats, PO 4500123456", "the token expired yesterday", "basic authentication is off",
            "0800 to 1700 on weekdays", "Serial 5CG1234XYZ", "ratio 16:9 at 2560x1440",
        )
    ),
    *(
        Case("fr", text)
        for text in (
            "mon mot de passe est expiré", "mot de passe oublié", "le mot de passe ne marche plus",
            "depuis le 02/11/2026 à 9h30", "ticket 0612345678 ouvert hier", "erreur 0x80070005 sur le poste PC-0612",
            "version 16.0.17928.20114", "salle 204, poste 4821", "commande 4500123456", "02/11/2026 - 03/11/2026",
            "imprimante HP-4050-2", "le code erreur 1603 revient",
        )
    ),
    *(
        Case("de", text)
        for text in (
            "mein Passwort ist abgelaufen", "Passwort vergessen", "das Kennwort wird nicht angenommen",
            "seit 02.11.2026 09:00", "12345678901 ist keine Steuer-ID", "Vorgang 0171 1234567 ist offen",
            "Bestellung 4500123456", "Drucker 3. OG, Raum 3.12", "Fehler 0x8007052e beim Anmelden",
            "VLAN 1204, Port 24", "DE89370400440532013001 ist keine IBAN", "Update auf 24.2.1",
        )
    ),
    *(
        Case("es", text)
        for text in (
            "mi contraseña está caducada", "olvidé la contraseña", "la contraseña no funciona",
            "pedido 612345678", "desde el 02/11/2026", "error 0x80070005 en el equipo", "versión 10.0.26100",
            "12345678A no es un DNI", "planta 3, sala 204", "KB5034441 no se instala",
        )
    ),
    *(
        Case("it", text)
        for text in (
            "la password è scaduta", "ho dimenticato la password", "la password non funziona",
            "dal 02/11/2026 alle 09:30", "errore 0x80070005", "versione 16.0.17928", "stanza 204, interno 4821",
            "ordine 4500123456", "KB5034441 non si installa",
        )
    ),
)  # fmt: skip
