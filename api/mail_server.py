"""The mail server of the settings."""

from __future__ import annotations

from gis.settings import Settings
from gis.workflows.mails import MailServer

PORTS = {"none": 25, "starttls": 587, "tls": 465}


def mail_server(settings: Settings) -> MailServer | None:
    """Where mail is handed in; None where the office has set none."""
    if settings.smtp_host is None:
        return None
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port or PORTS[settings.smtp_security],
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=settings.smtp_password,
        sender=settings.mail_from,
        page=settings.page_url.rstrip("/") if settings.page_url else None,
        time_zone=settings.time_zone,
    )
