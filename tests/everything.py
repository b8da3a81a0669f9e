"""One row at least of every table, for the tests that try what PostgreSQL itself refuses. Talks to nobody."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Model
from uuid6 import uuid7

from campaigns import announcing, following, giving, helping_in_kind, launching, moderating, pledging, talking
from campaigns.choosing import Choice
from campaigns.models import (
    Campaign,
    OtherMoney,
    Picture,
    ShippingRate,
    Spending,
    StretchGoal,
    Update,
    Withdrawal,
)
from funding import invoicing
from funding.models import Commitment
from members import appointing, approving, mail_choosing, tokens
from members.models import MailKind, Membership, StoredAnswer
from orders import opening, ordering, quoting
from orders.models import Cost, Run
from payments import charging, receiving
from payments.alarming import raise_alarm
from payments.booking import Kind, account_for, book
from payments.models import (
    Account,
    Attempt,
    BalanceTransaction,
    BankStatement,
    CardSetup,
    Dispute,
    Payment,
    Refund,
    WebhookEvent,
)
from products.models import Revision
from tests.campaigns.test_api import drafted
from tests.cast import Cast, euro
from tests.workshop import Workshop


class Everything:
    """The Werkhof in full swing: a campaign with a supporter, a batch with an order, a payment that is disputed."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.now = cast, cast.now
        self.workshop = Workshop(cast.werkhof, cast.petra, cast.now)
        self.released: Revision = self.workshop.released_stool()
        self.draft: Revision = self.workshop.version(self.released.design, "2.0.0")
        self.campaign: Campaign = drafted(cast, self.workshop.facility)
        self.campaign.tiers.update(revision=self.released, units=1, gives="product")
        ShippingRate.objects.create(tier=self.campaign.tiers.get(), countries=["DE"], first_minor=500)
        self.campaign.tiers.create(title="Spare", text="x", amount_minor=9_900)
        launching.save_line(OtherMoney(campaign=self.campaign, takes_in_kind=True))
        cast.launch(self.campaign)
        helping_in_kind.offer(campaign=self.campaign, kind="land", title="A hall", text="", by=cast.mia, now=cast.now)
        draft = drafted(cast, self.workshop.facility, "saw")
        cast.agree(draft)
        StretchGoal.objects.create(campaign=draft, amount_minor=300_00, title="More", unlocks="x")
        self._organised()
        self._people()
        self._money()
        self.run: Run = self._order()

    def stripe(self, **fields: Any) -> dict[str, Any]:
        """What every row that mirrors Stripe begins with."""
        return {"stripe_account": self.cast.receiver.stripe_account, "livemode": False, **fields}

    def _organised(self) -> None:
        """What stands beside a launched campaign."""
        StretchGoal.objects.create(campaign=self.campaign, amount_minor=300_00, title="More", unlocks="x")
        Spending.objects.create(
            budget_line=self.campaign.budget.get(),
            amount_minor=5,
            evidence="1/2026",
            spent_on=self.now.date(),
            recorded_at=self.now,
            by=self.cast.petra,
        )
        Picture.objects.create(
            campaign=self.campaign,
            large="a.webp",
            small="b.webp",
            width=9,
            height=9,
            small_width=9,
            alt="A hall",
            is_cover=True,
            by=self.cast.petra,
            added_at=self.now,
        )

    def _people(self) -> None:
        tokens.create_token(member=self.cast.mia, name="shop", now=self.now)
        StoredAnswer.objects.create(
            member=self.cast.mia, key="a", method="POST", path="/", body_sha256="0" * 64, claimed_at=self.now
        )
        mail_choosing.choose(self.cast.mia.pk, MailKind.NEWS, False, now=self.now)
        Membership.objects.create(organisation=self.cast.werkhof, member=self.cast.theo, role="owner")
        appointing.invite(
            organisation=self.cast.werkhof, email="otto@example.org", role="operator", by=self.cast.theo, now=self.now
        )
        approving.ask(
            what="cancel_campaign",
            subject_id=self.campaign.pk,
            organisation=self.cast.werkhof,
            why="x",
            by=self.cast.theo,
            now=self.now,
        )
        raise_alarm("balance", "Nobody knows why.", now=self.now)
        WebhookEvent.objects.create(
            **self.stripe(event_id="evt_1", kind="x", payload={}, received_at=self.now, next_try_at=self.now)
        )
        made = pledging.pledge(
            campaign=self.campaign,
            choices=[Choice(self.campaign.tiers.get(title="Evening"))],
            gift=giving.To("Erna"),
            amount=euro("20.00"),
            form_key=uuid7(),
            accepted_from=None,
            success_url="http://x/",
            cancel_url="http://x/",
            by=self.cast.mia,
            now=self.now,
        )

        Withdrawal.objects.create(pledge=made, amount_minor=5, said="x", declared_at=self.now)
        self._talk()

    def _talk(self) -> None:
        """News, a follower, a comment that was reported."""
        announcing.write(Update(campaign=self.campaign, title="Tube", text="Soon."), by=self.cast.petra, now=self.now)
        following.follow(self.campaign, by=self.cast.mia, now=self.now)
        said = talking.write(campaign=self.campaign, text="Spam.", form_key=uuid7(), by=self.cast.mia, now=self.now)
        moderating.report(said, reason="spam", words="", by=self.cast.theo, now=self.now)

    def _money(self) -> None:
        assert self.campaign.fund is not None
        self.promise = self.cast.secured(self.campaign.fund, "60.00", member=self.cast.mia)
        assert self.promise.card is not None
        first = Commitment.objects.earliest("pk")
        Commitment.objects.filter(pk=first.pk).update(reference="RF1")
        CardSetup.objects.filter(pk=first.setup_id).update(session_id="cs_1")
        account = self.campaign.fund.account
        payment = charging.prepare_payment(
            purpose_id=self.promise.pk,
            payer=self.cast.mia,
            card=self.promise.card,
            credit_account=account,
            amount=euro("60.00"),
            description="Laser",
            now=self.now,
        )
        Payment.objects.filter(pk=payment.pk).update(intent_id="pi_1", received_minor=60_00)
        type(payment.customer).objects.filter(pk=payment.customer_id).update(customer_id="cus_1")
        money: dict[str, Any] = {"payment": payment, "amount_minor": 60_00, "currency": "EUR"}
        Attempt.objects.create(payment=payment, number=1, card=self.promise.card, prepared_at=self.now)
        Refund.objects.create(
            **self.stripe(**money, purpose="x", refund_id="re_1", requested_by=self.cast.theo),
            requested_at=self.now,
            next_try_at=self.now,
        )
        Dispute.objects.create(
            **self.stripe(**money, dispute_id="dp_1", state="open", reason="fraudulent", opened_at=self.now)
        )
        BalanceTransaction.objects.create(
            **self.stripe(**money, transaction_id="txn_1", kind="charge", fee_minor=109),
            created_at=self.now,
            available_at=self.now,
        )
        self._without_cards(account)
        bank = account_for(self.cast.receiver, Kind.BANK, "EUR")
        book("other", "x", [(bank, 5), (account, -5)], now=self.now)

    def _without_cards(self, account: Account) -> None:
        assert self.campaign.fund is not None
        self.cast.bank_details()
        written = self.cast.written(self.campaign.fund, "40.00", member=self.cast.mia)
        invoicing.issue(written, now=self.now)
        receipt = receiving.record_receipt(
            receiver=self.cast.receiver,
            amount=euro("5.00"),
            bank_reference="1/2026",
            remittance="Laser",
            arrived_on=self.now.date(),
            by=self.cast.theo,
            now=self.now,
        )
        BankStatement.objects.create(
            receiver=self.cast.receiver, file_name="x.csv", currency="EUR", read_by=self.cast.theo, read_at=self.now
        )
        receiving.assign(receipt, purpose_id=written.pk, credit_account=account, amount=euro("3.00"), now=self.now)

    def _order(self) -> Run:
        run = opening.open_run(
            revision=self.released,
            facility=self.workshop.facility,
            minimum_units=3,
            maximum_units=5,
            deadline_at=self.now + datetime.timedelta(days=5),
            terms=opening.Terms(),
            by=self.cast.petra,
            now=self.now,
        )
        quote = quoting.quote(run=run, units=1, now=self.now)
        ordering.place_order(
            quote=quote, accepted_from=None, success_url="", cancel_url="", by=self.cast.mia, now=self.now
        )
        Cost.objects.create(
            run=run, kind=Cost.Kind.SCRAP, label="board", amount_minor=5, evidence="log", recorded_at=self.now
        )
        return run


def twin(row: Model, **fields: Any) -> None:
    """Write `row` a second time, as a row of its own and past every verb, with other `fields`."""
    key = row._meta.pk
    assert key is not None
    row.pk = uuid7() if key.get_internal_type() == "UUIDField" else None
    row._state.adding = True
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(force_insert=True)
