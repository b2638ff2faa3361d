"""Sends letters by SMTP (RFC 5321), over TLS unless the configuration says otherwise."""

from __future__ import annotations

import smtplib
import ssl

from aggregator.config import EmailOptions
from aggregator.errors import describe
from aggregator.model import clean_text
from aggregator.notify.failure import Failure

_TIMEOUT = 20.0  # seconds without a byte from the server
_MAX_REASON = 300  # characters


def send_letter(options: EmailOptions, recipient: str, message: str) -> Failure | None:
    """Send a message to one recipient. None where the server has taken it."""
    try:
        with _connected(options) as server:
            server.sendmail(options.sender, [recipient], message.encode("ascii", "replace"))
    except smtplib.SMTPRecipientsRefused as error:
        code, text = error.recipients.get(recipient, (0, b""))
        return _refused(code, text)
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        return _refused(error.smtp_code, error.smtp_error)
    except smtplib.SMTPAuthenticationError as error:
        reason = _text(error.smtp_code, error.smtp_error)
        return Failure(f"the user or the password was refused: {reason}", unreachable=True)
    except smtplib.SMTPResponseException as error:
        return Failure(_text(error.smtp_code, error.smtp_error), unreachable=True)
    except smtplib.SMTPException as error:
        return Failure(clean_text(f"{error}", _MAX_REASON), unreachable=True)
    except TimeoutError:
        reason = f"{options.host}:{options.port} did not answer within {_TIMEOUT:g} s"
        return Failure(reason, unreachable=True)
    except (OSError, UnicodeError) as error:
        reason = clean_text(describe(error) if isinstance(error, OSError) else f"{error}")
        return Failure(f"{options.host}:{options.port}: {reason}", unreachable=True)
    return None


def _connected(options: EmailOptions) -> smtplib.SMTP:
    """A session that is ready to send. The caller closes it."""
    context = ssl.create_default_context()
    if options.tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            options.host, options.port, timeout=_TIMEOUT, context=context
        )
    else:
        server = smtplib.SMTP(options.host, options.port, timeout=_TIMEOUT)
    try:
        if options.tls == "starttls":
            server.starttls(context=context)  # raises where the server has no TLS
        if options.user:
            server.login(options.user, options.password)
    except BaseException:
        server.close()
        raise
    return server


def _refused(code: int, text: bytes | str) -> Failure:
    """A 5xx is final (RFC 5321, section 4.2.1)."""
    return Failure(f"the server refused it: {_text(code, text)}", permanent=500 <= code < 600)


def _text(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return clean_text(f"{code} {words}", _MAX_REASON)
