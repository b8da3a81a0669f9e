"""Questions that are often asked, with their answers."""

from __future__ import annotations

from django.db import transaction

from campaigns.models import Faq
from campaigns.picturing import hold_telling
from members.markdown import render


def save_answer(faq: Faq) -> None:
    """Keep a question with its answer, rendered. Raises ValidationError (`campaign_submitted`)."""
    faq.answer_html = render(faq.answer)
    faq.full_clean(exclude=["answer_html"])
    with transaction.atomic():
        hold_telling(faq.campaign)
        faq.save()


def discard_answer(faq: Faq) -> None:
    """Forget it. Raises ValidationError (`campaign_submitted`)."""
    with transaction.atomic():
        hold_telling(faq.campaign)
        faq.delete()
