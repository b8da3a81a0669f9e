"""Mails to members: rendered in their language and time zone, kept in the outbox, sent by the worker."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from post_office import mail

from members.models import Member


class Block(NamedTuple):
    """A paragraph, or with an address what its button says."""

    text: str
    url: str = ""


def send(member: Member, template: str, context: dict[str, Any]) -> None:
    """Put one mail into the outbox, in the caller's transaction: it exists exactly when its cause does.

    `<template>.txt` gives the subject in its first line and the text below. The same text is laid out for eyes that
    prefer it: a paragraph that ends in an address becomes a button.
    """
    send_to(member.email, template, {"member": member, **context}, like=member)


def send_to(address: str, template: str, context: dict[str, Any], *, like: Member) -> None:
    """The same to an address that may be nobody's here yet, in the language and time zone of `like`."""
    everything = {"site_url": settings.SITE_URL, **context}
    with translation.override(like.locale), timezone.override(like.zone):
        subject, _, text = render_to_string(f"{template}.txt", everything).strip().partition("\n")
        subject, text = " ".join(subject.split()), text.strip()
        page = {"subject": subject, "blocks": _blocks(text), "site_url": settings.SITE_URL}
        html = render_to_string("mail/page.html", page)
    mail.send(
        address,
        settings.DEFAULT_FROM_EMAIL,
        subject=subject,
        message=text + "\n",
        html_message=html,
        language=like.locale,
    )


def _blocks(text: str) -> list[Block]:
    blocks = []
    for paragraph in re.split(r"\n\s*\n", text):
        above, _, last = paragraph.strip().rpartition("\n")
        is_link = bool(above) and last.startswith(settings.SITE_URL)
        blocks.append(Block(above.rstrip(":"), last) if is_link else Block(paragraph.strip()))
    return blocks
