"""The standing cast of the tests, made through the verbs where there are verbs."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from uuid6 import uuid7

from campaigns.models import Campaign
from csm.demo import launching as demo
from csm.demo import lawful
from csm.local_stripe.process import LocalStripe
from funding import arriving, calling, closing, collecting, committing, deciding, opening, promising, returning
from funding.models import Commitment, Fund
from members.models import Member, Membership, Organisation
from payments import bank_details, card_saving, connecting, receiving, refunding
from payments.models import Assignment, BankDetails, BankReceipt, Card, CardSetup, Payment, Receiver
from payments.money import Money

OK = "4242424242424242"
DECLINED_LATER = "4000000000000341"
INSUFFICIENT_LATER = "4000000000009987"
NEVER_AGAIN = "4000000000009979"
DECLINED_ONCE = "4000000000000036"
ASKS_ALWAYS = "4000002760003184"
REFUND_FAILS = "4000000000005126"
DISPUTED = "4000000000000259"

PASSWORD = "correct horse battery"


def euro(amount: str) -> Money:
    return Money.parse(amount, "EUR")


def due_now(moment: datetime.datetime, *funds: Fund) -> None:
    """The deadline of these funds (of all) is `moment`: what PostgreSQL lets nobody write, and what passes by itself in weeks."""
    due = Fund.objects.filter(pk__in=[fund.pk for fund in funds]) if funds else Fund.objects.all()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE funding_fund DISABLE TRIGGER fund_terms_stay")
        due.update(deadline_at=moment)
        cursor.execute("ALTER TABLE funding_fund ENABLE TRIGGER fund_terms_stay")


class Cast:
    """Werkhof eG receives money; Petra produces, Theo keeps its purse, Olga operates; Mia and others support it."""

    def __init__(self, now: datetime.datetime) -> None:
        self.now = now
        self.werkhof = Organisation.objects.create(name="Werkhof eG", slug="werkhof", kind="cooperative")
        lawful.publish(now)
        lawful.introduce(self.werkhof)
        self.petra = self.person("petra", "producer")
        self.theo = self.person("theo", "treasurer")
        self.olga = self.person("olga", "operator")
        self.mia = self.person("mia")
        self.receiver = connecting.connect(
            organisation=self.werkhof,
            stripe_account=settings.STRIPE_ACCOUNT,
            currencies=["EUR"],
            statement_name="WERKHOF EG",
            now=now,
        )

    def person(self, name: str, role: str = "") -> Member:
        """A member with a password; with a role in the Werkhof when one is given."""
        member = Member.objects.create_user(f"{name}@example.org", PASSWORD, display_name=name.title())
        lawful.agree(member, self.now)
        if role:
            Membership.objects.create(organisation=self.werkhof, member=member, role=role)
        return member

    @property
    def rita(self) -> Member:
        """Reviews campaigns."""
        member, is_new = Member.objects.get_or_create(email="rita@example.org", defaults={"display_name": "Rita"})
        if is_new:
            lawful.agree(member, self.now)
        return member

    def agree(self, campaign: Campaign) -> None:
        """Petra agrees that the Werkhof bears lost fees."""
        demo.agree(campaign, by=self.petra, now=self.now)

    def approve(self, campaign: Campaign) -> None:
        """Sent to review by Petra, approved by Rita."""
        demo.approve(campaign, by=self.petra, reviewer=self.rita, now=self.now)

    def launch(self, campaign: Campaign) -> None:
        """The same, launched by Petra."""
        demo.go_live(campaign, by=self.petra, reviewer=self.rita, now=self.now)

    def fund(self, minimum: str = "100.00", goal: str = "", days: float = 7, **fields: Any) -> Fund:
        return opening.open_fund(
            receiver=self.receiver,
            title=fields.pop("title", "Laser cutter for the Werkhof"),
            page_path="/campaigns/laser/",
            minimum=euro(minimum),
            goal=euro(goal or minimum),
            deadline_at=self.now + datetime.timedelta(days=days),
            fee_bearer=self.werkhof,
            by=self.petra,
            now=self.now,
            **fields,
        )

    def saved_card(self, stripe: LocalStripe | None, member: Member, number: str = OK) -> Card:
        """A card as the hosted page would have saved it; without a `stripe` it can never be charged."""
        customer = card_saving.customer_of(member, self.receiver, now=self.now)
        if stripe is not None:
            method = stripe.control("POST", "cards", {"number": number, "customer": customer.customer_id})
            type(customer).objects.filter(pk=customer.pk).update(customer_id=method["customer"])
            key = method["id"]
        else:
            key = f"pm_{uuid7().hex}"
        return Card.objects.create(
            stripe_account=self.receiver.stripe_account,
            livemode=self.receiver.livemode,
            customer=customer,
            payment_method_id=key,
            brand="visa",
            last4=number[-4:],
            exp_month=12,
            exp_year=2034,
            saved_at=self.now,
        )

    def draft(self, fund: Fund, member: Member, amount: str) -> Commitment:
        return committing.draft(
            fund=fund,
            member=member,
            maximum=euro(amount),
            mandate_version="1",
            mandate_text="You may charge my card up to this amount after the close.",
            accepted_from="203.0.113.7",
            success_url="http://testserver/support/{commitment}/back/",
            cancel_url="http://testserver/",
            by=member,
            now=self.now,
        )

    def secured(
        self,
        fund: Fund,
        amount: str = "50.00",
        member: Member | None = None,
        number: str = OK,
        stripe: LocalStripe | None = None,
        now: datetime.datetime | None = None,
    ) -> Commitment:
        """A promise with its card saved, as if the hosted page had just been left."""
        member = member or self.person(f"backer{uuid7().hex[-8:]}")
        commitment = self.draft(fund, member, amount)
        card = self.saved_card(stripe, member, number)
        assert commitment.setup is not None
        CardSetup.objects.filter(pk=commitment.setup.pk).update(state="complete", card=card)
        return committing.settle_draft(commitment.pk, now=now or self.now)

    def bank_details(self, receiver: Receiver | None = None) -> BankDetails:
        """Where transfers go."""
        return bank_details.set_bank_details(
            receiver=receiver or self.receiver,
            holder="Werkhof eG",
            iban="DE89 3704 0044 0532 0130 00",
            bic="COBADEFFXXX",
            by=self.petra,
            now=self.now,
        )

    def written(
        self,
        fund: Fund,
        amount: str = "50.00",
        *,
        member: Member | None = None,
        way: str = "invoice",
        days: int = 30,
        confirmed: bool = True,
    ) -> Commitment:
        """A promise in writing, confirmed by the treasurer unless said otherwise."""
        member = member or self.person(f"town{uuid7().hex[-8:]}")
        made = promising.promise(
            fund=fund,
            member=member,
            maximum=euro(amount),
            words=promising.Words(
                way=way, payer_name="Gemeinde Norden", payer_address="Am Markt 1\n26506 Norden", pay_within_days=days
            ),
            text_version="1",
            text="I pay this when it is called.",
            accepted_from="203.0.113.7",
            by=member,
            now=self.now,
        )
        return promising.confirm(made.pk, maximum=euro(amount), by=self.theo, now=self.now) if confirmed else made

    def arrives(
        self, amount: str, *, commitment: Commitment | None = None, reference: str = "", now: datetime.datetime
    ) -> BankReceipt:
        """Money on the bank account, meant for a promise unless nobody knows."""
        receipt = receiving.record_receipt(
            receiver=self.receiver,
            amount=euro(amount),
            bank_reference=reference or uuid7().hex,
            purpose_id=commitment.pk if commitment else None,
            arrived_on=now.date(),
            by=self.theo,
            now=now,
        )
        arriving.apply(receipt.pk, now=now)
        receipt.refresh_from_db()
        return receipt

    def close(self, fund: Fund, *, required: Money | None = None) -> Fund:
        """The deadline comes, everybody's amount is their maximum."""
        at = fund.deadline_at
        closing.close_due(fund.pk, now=at)
        return closing.fix(fund.pk, required=required or fund.money(fund.minimum_minor), amounts=None, now=at)

    def collect_all(self, now: datetime.datetime) -> None:
        """What the workers do until nothing is due at this moment."""
        while claimed := collecting.claim_due(now=now, limit=10):
            for pk in claimed:
                collecting.collect(pk, now=now)

    def return_all(self, fund: Fund, now: datetime.datetime) -> None:
        for pk in returning.to_return(limit=1000):
            returning.return_payment(pk, now=now)
        for pk in refunding.due(now=now, limit=1000):
            refunding.send_refund(pk, now=now)
        for pk in arriving.to_owe(limit=1000):
            arriving.owe(pk, now=now)
        for owed in Assignment.objects.filter(state=Assignment.State.OWED):
            arriving.return_owed(owed, how="SEPA 1", by=self.theo, now=now)
        returning.finish(fund.pk, now=now)

    def run_out(self, fund: Fund) -> datetime.datetime:
        """The window ends: what is open is dropped, and the fund decides."""
        fund.refresh_from_db()
        assert fund.window_ends_at is not None
        at = fund.window_ends_at
        for pk in deciding.claim_overdue(now=at, limit=1000):
            deciding.drop_overdue(pk, now=at)
        deciding.decide(fund.pk, now=at)
        fund.refresh_from_db()
        return at

    def end_calls(self, fund: Fund, now: datetime.datetime) -> None:
        """What the sweep does about called transfers at this moment."""
        for pk in deciding.claim_overdue(now=now, limit=1000):
            deciding.drop_overdue(pk, now=now)
        calling.go_on(fund.pk, now=now)
        deciding.decide(fund.pk, now=now)
        fund.refresh_from_db()

    def payment_of(self, commitment: Commitment) -> Payment:
        commitment.refresh_from_db()
        assert commitment.payment is not None
        return commitment.payment
