"""What payers read in their mails, from the promise to the end."""

from __future__ import annotations

import datetime

import pytest
from post_office.models import Email

from csm.local_stripe.process import LocalStripe
from funding import closing, committing, mailing
from funding.models import Commitment, Fund
from members import mailing as members_mailing
from payments import reconciling, refunding
from tests import cast as cards
from tests.cast import Cast, euro

TWO_DAYS = datetime.timedelta(days=2)


def subjects(commitment: Commitment) -> list[str]:
    return [mail.subject for mail in Email.objects.order_by("pk") if mail.to == [commitment.member.email]]


def last(commitment: Commitment) -> str:
    return next(mail.message for mail in Email.objects.order_by("-pk") if mail.to == [commitment.member.email])


def tell(now: datetime.datetime) -> int:
    """What the worker does with those who have not been told; how many were."""
    return sum(mailing.tell_outcome(one, now=now) for one in mailing.untold(limit=100))


@pytest.mark.django_db
def test_a_promise_is_confirmed_in_the_words_agreed_to(cast: Cast) -> None:
    promise = cast.secured(cast.fund(), "50.00")
    assert subjects(promise) == ["Promised: €50.00 at most for Laser cutter for the Werkhof"]
    text = last(promise)
    assert "You may charge my card up to this amount after the close." in text
    assert "WERKHOF EG" in text
    assert "/me/" in text


@pytest.mark.django_db
def test_a_change_is_confirmed_in_the_words_agreed_to(cast: Cast) -> None:
    fund = cast.fund()
    promise = cast.secured(fund, "50.00")
    committing.change_maximum(
        promise,
        maximum=euro("70.00"),
        mandate_version="1",
        mandate_text="Seventy, then.",
        accepted_from=None,
        by=promise.member,
        now=cast.now,
    )
    assert subjects(promise)[1:] == ["Changed: now €70.00 at most for Laser cutter for the Werkhof"]
    assert "Seventy, then." in last(promise)


@pytest.mark.django_db
def test_leaving_is_confirmed(cast: Cast) -> None:
    promise = cast.secured(cast.fund(), "50.00")
    committing.withdraw(promise, by=promise.member, now=cast.now)
    assert subjects(promise)[1:] == ["Withdrawn: Laser cutter for the Werkhof"]
    assert tell(cast.now) == 0


@pytest.mark.django_db
def test_the_close_is_announced_once(cast: Cast) -> None:
    fund = cast.fund()
    promise = cast.secured(fund, "50.00")
    soon = fund.deadline_at - TWO_DAYS
    assert mailing.announceable(now=soon - datetime.timedelta(minutes=1), limit=9) == []
    due = mailing.announceable(now=soon, limit=9)
    assert [mailing.announce(one, now=soon) for one in due + due] == [True, False]
    assert "WERKHOF EG" in last(promise)
    assert "at most €50.00" in last(promise)


@pytest.mark.django_db
def test_those_whose_campaign_is_not_reached_hear_it_once(cast: Cast) -> None:
    fund = cast.fund("100.00")
    promise = cast.secured(fund, "50.00")
    assert tell(cast.now) == 0
    cast.close(fund)
    stale = mailing.untold(limit=9)
    assert tell(fund.deadline_at) == 1
    assert tell(fund.deadline_at) == 0
    assert not mailing.tell_outcome(stale[0], now=fund.deadline_at)
    assert subjects(promise)[1:] == ["Not reached: Laser cutter for the Werkhof"]
    assert "Nothing was charged and nothing will be" in last(promise)


@pytest.mark.django_db
def test_those_whose_campaign_is_called_off_read_why(cast: Cast) -> None:
    fund = cast.fund("100.00")
    promise = cast.secured(fund, "50.00")
    closing.cancel(fund.pk, by=cast.petra, now=cast.now, why="The roof fell in.")
    assert tell(cast.now) == 1
    assert subjects(promise)[1:] == ["Called off: Laser cutter for the Werkhof"]
    assert "The roof fell in." in last(promise)


@pytest.mark.django_db(transaction=True)
def test_money_that_arrived_is_followed_to_its_end(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("100.00")
    good = cast.secured(fund, "60.00", stripe=local_stripe)
    bad = cast.secured(fund, "50.00", stripe=local_stripe, number=cards.DECLINED_LATER)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    assert tell(fund.deadline_at) == 0
    assert subjects(bad)[1:] == ["Your card was declined for Laser cutter for the Werkhof"]
    over = cast.run_out(fund)
    assert fund.state == Fund.State.REFUNDING
    assert tell(over) == 2
    assert subjects(bad)[2:] == ["Your support of Laser cutter for the Werkhof has ended"]
    cast.return_all(fund, over)
    cast.return_all(fund, over + TWO_DAYS)
    assert subjects(good)[1:] == [
        "Arrived: €60.00 for Laser cutter for the Werkhof",
        "Your €60.00 for Laser cutter for the Werkhof goes back to you",
        "€60.00 is on its way back to you",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_success_is_told_once_even_to_who_pays_after_it(cast: Cast, local_stripe: LocalStripe) -> None:
    fund = cast.fund("100.00", takes_late=True)
    early = cast.secured(fund, "100.00", stripe=local_stripe)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    cast.run_out(fund)
    assert fund.state == Fund.State.MET
    late = cast.secured(fund, "20.00", stripe=local_stripe, now=fund.deadline_at)
    cast.collect_all(fund.deadline_at)
    assert tell(fund.deadline_at) == 1
    assert subjects(early)[2:] == ["Reached: Laser cutter for the Werkhof goes ahead"]
    assert subjects(late)[1:] == ["Arrived: €20.00 for Laser cutter for the Werkhof"]
    assert "which goes ahead" in last(late)


@pytest.mark.django_db(transaction=True)
def test_who_cannot_be_refunded_by_card_hears_that_it_is_owed(cast: Cast, local_stripe: LocalStripe) -> None:
    local_stripe.control("POST", "topups", {"amount": 50_00, "currency": "eur"})
    fund = cast.fund("100.00")
    promise = cast.secured(fund, "100.00", stripe=local_stripe, number=cards.REFUND_FAILS)
    cast.close(fund)
    cast.collect_all(fund.deadline_at)
    payment = cast.payment_of(promise)
    refund = refunding.request_refund(payment=payment, amount=euro("30.00"), purpose="x", by=None, now=cast.now)
    refunding.send_refund(refund.pk, now=cast.now)
    refund.refresh_from_db()
    local_stripe.control("POST", f"refunds/{refund.refund_id}/fail")
    reconciling.reconcile(cast.receiver, now=cast.now)
    assert subjects(promise)[2:] == ["€30.00 is on its way back to you", "Your bank did not take back €30.00"]


@pytest.mark.django_db
def test_a_mail_is_the_same_for_eyes_that_prefer_buttons(cast: Cast) -> None:
    cast.mia.display_name = "<b>Mia"
    cast.mia.save(update_fields=["display_name"])
    cast.secured(cast.fund(title="Press & <Roll>"), "50.00", member=cast.mia)
    mail = Email.objects.get()
    assert "Press & <Roll>" in mail.subject
    assert "Hello <b>Mia," in mail.message
    assert "Hello &lt;b&gt;Mia," in mail.html_message
    assert '/me/" style=' in mail.html_message
    assert ">See, change or withdraw it</a>" in mail.html_message


@pytest.mark.django_db
def test_a_line_break_in_a_title_cannot_forge_a_mail_header(cast: Cast) -> None:
    fund = cast.fund()
    Fund.objects.filter(pk=fund.pk).update(title="Laser\nBcc: all@example.org")
    fund.refresh_from_db()
    promise = cast.secured(fund, "50.00")
    members_mailing.send(promise.member, "funding/mail/withdrawn", {"fund": fund, "commitment": promise})
    assert not any("\n" in mail.subject for mail in Email.objects.all())
