"""Alerts by e-mail, over SMTP with STARTTLS; the library blocks, so it runs in a thread with its own deadline."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage

from adapters.alert_chat import facts, headline
from adapters.webhooks import one_line
from shared.alerts import Notice
from shared.errors import Permanent, Transient
from shared.settings import Settings

FIRST_PERMANENT_CODE = 500


class MailChannel:
    """A server that does not offer STARTTLS gets no mail where it is asked for: nothing falls back to plain text."""

    def __init__(self, settings: Settings):
        self._settings = settings

    async def send(self, notice: Notice) -> None:
        try:
            await asyncio.to_thread(self._send, self._message(notice))
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _told(min(codes, default=0), "refused the recipients") from error
        except smtplib.SMTPResponseException as error:
            raise _told(error.smtp_code, f"answered {error.smtp_code}") from error
        except (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError) as error:
            raise Permanent(f"the mail server is not one to trust a message to: {error}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise Transient(f"the mail server did not answer: {type(error).__name__}") from error

    def _send(self, message: EmailMessage) -> None:
        settings = self._settings
        host = settings.alert_mail_host or ""
        with smtplib.SMTP(host, settings.alert_mail_port, timeout=settings.alert_timeout_s) as server:
            if settings.alert_mail_starttls:
                server.starttls(context=ssl.create_default_context())
            if settings.alert_mail_user:
                server.login(settings.alert_mail_user, settings.alert_mail_password or "")
            server.send_message(message)

    def _message(self, notice: Notice) -> EmailMessage:
        """The same Message-ID for a repeat; all mails about an alert are one thread."""
        message = EmailMessage()
        message["Subject"] = one_line(f"[helpdesk] {headline(notice)}: {notice.alert.text}")
        message["From"] = self._settings.alert_mail_from or ""
        message["To"] = ", ".join(self._settings.alert_mail_to or ())
        message["Date"] = notice.at
        message["Message-ID"] = f"<{notice.id}@helpdesk.alerts>"
        message["References"] = f"<{notice.alert.id}@helpdesk.alerts>"
        message["Auto-Submitted"] = "auto-generated"
        lines = [notice.alert.text, "", *(f"{name}: {text}" for name, text in facts(notice))]
        message.set_content("\n".join(lines))
        return message


def _told(code: int, what: str) -> Permanent | Transient:
    """A 5xx is for good, as SMTP has it."""
    kind = Permanent if code >= FIRST_PERMANENT_CODE else Transient
    return kind(f"the mail server {what}")
