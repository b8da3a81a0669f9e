"""Mails to members: rendered in their language and time zone, kept in the outbox, sent by the worker."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from post_office import mail

from members import mail_links
from members.mail_choosing import wants
from members.models import MailKind, Member


class Block(NamedTuple):
    """A paragraph, or with an address what its button says."""

    text: str
    url: str = ""


def send(member: Member, template: str, context: dict[str, Any], *, kind: MailKind | None = None) -> bool:
    """Put one mail into the outbox, in the caller's transaction: it exists exactly when its cause does. True when it
    was put there.

    A mail of a `kind` reaches only who wants it and may still log in, and can be switched off by the link that it carries
    and by the mail program itself (RFC 8058). Mails about one's own money have no kind.

    `<template>.txt` gives the subject in its first line and the text below. The same text is laid out for eyes that
    prefer it: a paragraph that ends in an address becomes a button.
    """
    if kind is not None and not (member.is_active and wants(member, kind)):
        return False
    send_to(member.email, template, {"member": member, **context}, like=member, kind=kind)
    return True


def send_to(
    address: str, template: str, context: dict[str, Any], *, like: Member, kind: MailKind | None = None
) -> None:
    """The same to an address that may be nobody's here yet, in the language and time zone of `like`."""
    leave = "" if kind is None else mail_links.unsubscribe_link(like.pk, kind)
    everything = {"site_url": settings.SITE_URL, **context}
    with translation.override(like.locale), timezone.override(like.zone):
        subject, _, text = render_to_string(f"{template}.txt", everything).strip().partition("\n")
        subject, text = " ".join(subject.split()), text.strip()
        page: dict[str, Any] = {"subject": subject, "blocks": _blocks(text), "site_url": settings.SITE_URL}
        page |= {"leave": leave, "kind": kind.label if kind else ""}
        html = render_to_string("mail/page.html", page)
        if leave:
            text += "\n\n" + render_to_string("mail/leave.txt", page).strip()
    mail.send(
        address,
        settings.DEFAULT_FROM_EMAIL,
        subject=subject,
        message=text + "\n",
        html_message=html,
        headers=mail_links.headers(leave) if leave else None,
        language=like.locale,
    )


def _blocks(text: str) -> list[Block]:
    blocks = []
    for paragraph in re.split(r"\n\s*\n", text):
        above, _, last = paragraph.strip().rpartition("\n")
        is_link = bool(above) and last.startswith(settings.SITE_URL)
        blocks.append(Block(above.rstrip(":"), last) if is_link else Block(paragraph.strip()))
    return blocks
