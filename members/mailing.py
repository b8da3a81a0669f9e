"""Mails to members: rendered in their language and time zone, kept in the outbox, sent by the worker."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from post_office import mail

from members.models import Member


def send(member: Member, template: str, context: dict[str, Any]) -> None:
    """Put one mail into the outbox, in the caller's transaction: it exists exactly when its cause does.

    `<template>.txt` gives the subject in its first line and the text below; `<template>.html` the same for eyes that
    prefer it.
    """
    everything = {"member": member, "site_url": settings.SITE_URL, **context}
    with translation.override(member.locale), timezone.override(member.zone):
        subject, _, text = render_to_string(f"{template}.txt", everything).strip().partition("\n")
        html = render_to_string(f"{template}.html", everything)
    mail.send(
        member.email,
        settings.DEFAULT_FROM_EMAIL,
        subject=" ".join(subject.split()),
        message=text.strip() + "\n",
        html_message=html,
        language=member.locale,
    )
