"""Everything held about a member is shown to them, and nothing personal is left when they are erased; the books stay."""

from __future__ import annotations

import datetime
import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.test import Client
from post_office.models import Email

from csm import books, own_data
from csm.local_stripe.process import LocalStripe
from funding import collecting
from funding import erasing as funding_erasing
from funding.models import Commitment, Consent, Fund
from members import erasing, mailing, tokens
from members.models import ApiToken, Invitation, Member, Membership, Transition
from payments import erasing as payments_erasing
from payments import inbox, stripe_gateway
from payments.models import Card, CardSetup, Customer, Dispute, Refund, WebhookEvent
from payments.stripe_gateway import AccountRef
from tests.architecture.test_rooms import own_models
from tests.cast import PASSWORD, Cast, due_now
from tests.everything import Everything

# What a person could be recognised by; set up below.
ADDRESS = "203.0.113.7"
SECRET = "Mia"
# No digits: those turn up in keys and times by chance.
LAST4 = "WXYZ"
TEXT = (models.CharField, models.TextField, models.JSONField, models.GenericIPAddressField)


def says_something(field: models.Field[Any, Any]) -> bool:
    """Text that somebody typed or that describes somebody, rather than one of a few words."""
    return isinstance(field, TEXT) and not field.choices


def about_members() -> Iterator[type[models.Model]]:
    for model in own_models():
        if any(field.related_model is Member for field in model._meta.concrete_fields):
            yield model


def test_every_table_with_a_member_is_declared_and_every_text_in_it() -> None:
    """A new one fails here until somebody has decided what becomes of it (`<app>/personal.py`)."""
    undeclared = {model._meta.label for model in about_members()} - {model._meta.label for model in own_data.HELD}
    assert undeclared == set()
    for model, held in own_data.HELD.items():
        fields = {field.name: field for field in model._meta.concrete_fields}
        texts = {name for name, field in fields.items() if says_something(field)}
        decided = {*held.erased, *held.kept, *held.kept_for_a_while}
        if not held.is_deleted:
            assert texts - decided == set(), f"{model._meta.label}: decide what becomes of these"
        assert decided | set(held.secret) <= set(fields), model._meta.label
        for owner in held.owners:
            model._default_manager.filter(**{owner: None})


def settled(cast: Cast, everything: Everything) -> Everything:
    """All money of the everyday is accounted for, so that nothing stands against leaving."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    Dispute.objects.update(state="won")
    Refund.objects.update(state="declined")
    apps.get_model("payments.Payment").objects.update(state="succeeded")
    Commitment.objects.filter(state="draft").update(state="abandoned")
    Commitment.objects.filter(state="secured").update(state="released")
    promise = everything.promise
    Commitment.objects.filter(pk=promise.pk).update(
        state="paid", amount_minor=60_00, counted_minor=60_00, payment=apps.get_model("payments.Payment").objects.get()
    )
    Fund.objects.filter(pk=promise.fund_id).update(state="settled", required_minor=90_00_00, window_ends_at=cast.now)
    return everything


@pytest.fixture
def everything(cast: Cast) -> Everything:
    made = settled(cast, Everything(cast))
    Member.objects.filter(pk=cast.mia.pk).update(display_name=f"{SECRET} Muster", last_login=cast.now)
    cast.mia.refresh_from_db()
    EmailAddress.objects.create(user=cast.mia, email=cast.mia.email, verified=True, primary=True)
    Card.objects.filter(customer__member=cast.mia).update(last4=LAST4)
    Authenticator.objects.create(user=cast.mia, type="totp", data={"secret": SECRET})
    mailing.send(cast.mia, "members/mail/erasure", {"token": "x"})
    tokens.create_token(member=cast.mia, name=f"{SECRET}s shop", now=cast.now)
    WebhookEvent.objects.create(
        **made.stripe(event_id="evt_mia", kind="customer.created", object_id="cus_1"),
        payload={"data": {"object": {"id": "cus_1", "name": SECRET, "email": cast.mia.email}}},
        received_at=cast.now,
        next_try_at=cast.now,
        state="applied",
    )
    Invitation.objects.create(
        organisation=cast.werkhof,
        email=cast.mia.email,
        role="operator",
        invited_by=cast.theo,
        invited_at=cast.now,
        expires_at=cast.now,
    )
    Membership.objects.create(organisation=cast.werkhof, member=cast.mia, role="treasurer")
    return made


def logged_in(member: Member) -> Client:
    """With the password typed a moment ago."""
    Authenticator.objects.filter(user=member).delete()
    EmailAddress.objects.update_or_create(user=member, email=member.email, defaults={"verified": True})
    client = Client(headers={"user-agent": f"{SECRET}fox"})
    assert client.post("/accounts/login/", {"login": member.email, "password": PASSWORD}).status_code == 302
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def found_in_the_database(*words: str) -> list[tuple[str, str]]:
    """Every table whose rows say any of `words`, whatever column it is, libraries' tables included."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for word in words:
                cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s', [f"%{word}%"])
                if cursor.fetchone()[0]:
                    found.append((table, word))
    return found


@pytest.mark.django_db
def test_nothing_personal_is_left_and_the_books_stay(everything: Everything, cast: Cast) -> None:
    words = (cast.mia.email, SECRET, LAST4)
    before = {table for table, _word in found_in_the_database(*words)}
    assert before >= {
        *("members_member", "account_emailaddress", "mfa_authenticator", "post_office_email", "members_apitoken"),
        *("payments_card", "payments_webhookevent", "members_invitation"),
    }
    entries = list(apps.get_model("payments.Posting").objects.order_by("pk").values_list("pk", "amount_minor"))
    sound = books.check()
    own_data.erase(cast.mia, now=cast.now)
    assert found_in_the_database(*words) == []
    assert entries == list(apps.get_model("payments.Posting").objects.order_by("pk").values_list("pk", "amount_minor"))
    assert books.check() == sound
    # The row stays as a number, what was paid is still its.
    row = Member.objects.get(pk=cast.mia.pk)
    assert (row.is_active, row.public_name, row.erased_at) == (False, "A member", cast.now)
    assert row.email.endswith("@erased.invalid")
    assert Commitment.objects.get(member=row, state="paid").payment.payer == row  # type: ignore[union-attr]
    assert Transition.objects.get(subject_id=row.pk, to_state="erased").by == row
    assert not Membership.objects.filter(member=row).exists()
    assert not ApiToken.objects.filter(member=row, revoked_at=None).exists()
    # Whoever had the address can come back as somebody new.
    Member.objects.create_user("mia@example.org", PASSWORD)


@pytest.mark.django_db
def test_what_is_proof_of_a_payment_stays_for_as_long_as_papers_are_kept(everything: Everything, cast: Cast) -> None:
    paid = Consent.objects.filter(commitment=everything.promise)
    unpaid = Consent.objects.exclude(commitment=everything.promise)
    Consent.objects.update(given_from=ADDRESS)
    CardSetup.objects.update(accepted_from=ADDRESS)
    own_data.erase(cast.mia, now=cast.now)
    assert set(unpaid.values_list("given_from", flat=True)) == {None}
    assert paid.get().given_from == ADDRESS
    assert CardSetup.objects.filter(accepted_from=ADDRESS).count() == 1
    Refund.objects.update(by_hand_how="IBAN of Mia", settled_at=cast.now)
    kept = funding_erasing.months_before(cast.now.replace(year=cast.now.year + 10), 0)
    funding_erasing.forget_outlived(now=kept - datetime.timedelta(days=1))
    assert paid.get().given_from == ADDRESS
    funding_erasing.forget_outlived(now=kept + datetime.timedelta(days=1))
    assert paid.get().given_from is None
    assert not CardSetup.objects.filter(accepted_from=ADDRESS).exists()
    assert Refund.objects.get().by_hand_how == ""
    assert apps.get_model("payments.BankReceipt").objects.get().remittance == ""


def test_months_before() -> None:
    day = datetime.datetime(2026, 3, 31, tzinfo=datetime.UTC)
    assert funding_erasing.months_before(day, 1).date() == datetime.date(2026, 2, 28)
    assert funding_erasing.months_before(day, 120).date() == datetime.date(2016, 3, 31)
    assert funding_erasing.months_before(day.replace(month=1), 1).date() == datetime.date(2025, 12, 31)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda cast: Fund.objects.filter(state="settled").update(state="met"), "promise_open"),
        (lambda cast: Fund.objects.filter(state="settled").update(state="refunding"), "promise_open"),
        (lambda cast: Commitment.objects.filter(state="paid").update(state="charging"), "promise_open"),
        (lambda cast: Commitment.objects.filter(state="abandoned").update(state="draft"), "promise_open"),
        (lambda cast: Refund.objects.update(state="failed"), "refund_owed"),
        (lambda cast: Refund.objects.update(state="proposed"), "refund_owed"),
        (lambda cast: Dispute.objects.update(state="open"), "dispute_open"),
        (lambda cast: apps.get_model("payments.Payment").objects.update(state="confirming"), "payment_open"),
        (lambda cast: Membership.objects.filter(role="owner").update(member=cast.mia), "last_owner"),
    ],
)
def test_nobody_leaves_while_money_is_open(everything: Everything, cast: Cast, change: Any, code: str) -> None:
    change(cast)
    with pytest.raises(ValidationError) as refused:
        own_data.erase(cast.mia, now=cast.now)
    assert {one.code for one in refused.value.error_list} == {code}
    cast.mia.refresh_from_db()
    assert cast.mia.erased_at is None
    assert cast.mia.email == "mia@example.org"
    client = logged_in(cast.mia)
    html = client.get("/me/erasure/").content.decode()
    assert "This has to be over first" in html
    Email.objects.all().delete()
    assert client.post("/me/erasure/").status_code == 200
    assert not Email.objects.exists()


@pytest.mark.django_db
def test_an_owner_among_others_may_leave(everything: Everything, cast: Cast) -> None:
    Membership.objects.create(organisation=cast.werkhof, member=cast.mia, role="owner")
    own_data.erase(cast.mia, now=cast.now)
    assert Membership.objects.filter(role="owner").count() == 1


@pytest.mark.django_db
def test_it_takes_the_password_a_mail_and_a_click(everything: Everything, cast: Cast) -> None:
    stale = Client()
    stale.force_login(cast.mia)
    for path in ("/me/data/", "/me/erasure/"):
        assert stale.get(path).headers["Location"].startswith("/accounts/reauthenticate/"), path
    client = logged_in(cast.mia)
    assert "What goes" in client.get("/me/erasure/").content.decode()
    client.post("/me/erasure/")
    sent = Email.objects.latest("pk")
    found = re.search(rf"{settings.SITE_URL}(/me/erasure/\S+)", sent.message)
    assert found
    link = found[1]
    Member.objects.get(pk=cast.mia.pk, erased_at=None)
    # The link is for whoever is logged in as its receiver, and forged ones open nothing.
    assert logged_in(cast.petra).post(link).status_code == 404
    assert client.get(link[:-3] + "xy/").status_code == 404
    assert "Erase it now?" in client.get(link).content.decode()
    assert Member.objects.get(pk=cast.mia.pk).erased_at is None
    assert UserSession.objects.filter(user=cast.mia).exists()
    gone = client.post(link)
    assert "Your account is erased" in gone.content.decode()
    assert Member.objects.get(pk=cast.mia.pk).erased_at is not None
    assert client.get("/me/").status_code == 302
    assert not client.login(email="mia@example.org", password=PASSWORD)
    assert not UserSession.objects.filter(user=cast.mia).exists()


@pytest.mark.django_db
def test_a_link_does_not_last(everything: Everything, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    erasing.ask_again_by_mail(cast.mia)
    found = re.search(r"/me/erasure/(\S+)/", Email.objects.latest("pk").message)
    assert found
    assert erasing.is_link_of(found[1], cast.mia)
    assert not erasing.is_link_of(found[1], cast.petra)
    monkeypatch.setattr(erasing, "LINK_LIFETIME", datetime.timedelta(0))
    assert not erasing.is_link_of(found[1], cast.mia)


@pytest.mark.django_db
def test_everything_held_is_taken_along_without_its_secrets(everything: Everything, cast: Cast) -> None:
    client = logged_in(cast.mia)
    Authenticator.objects.create(user=cast.mia, type="recovery_codes", data={"seed": "wxyz7"})
    answer = client.get("/me/data/")
    assert answer.streaming
    text = b"".join(answer).decode()  # type: ignore[arg-type]
    told = json.loads(text)
    assert set(told) == {"made_at", *(model._meta.label for model in own_data.HELD)}
    (mia,) = told["members.Member"]
    assert mia["email"] == "mia@example.org"
    assert len(told["funding.Commitment"]) == Commitment.objects.filter(member=cast.mia).count() > 1
    assert told["funding.Consent"][0]["text"]
    assert told["payments.Card"][0]["last4"] == LAST4
    assert {row["role"] for row in told["members.Membership"]} == {"treasurer"}
    token = ApiToken.objects.filter(member=cast.mia).first()
    assert token is not None
    for secret in (cast.mia.password, token.key_sha256, "wxyz7", *UserSession.objects.values_list("session_key")):
        assert (secret if isinstance(secret, str) else secret[0]) not in text
    # Nobody else's.
    assert "petra@example.org" not in text
    assert "theo@example.org" not in text


@pytest.mark.django_db
def test_who_is_erased_promises_nothing_any_more(everything: Everything, cast: Cast) -> None:
    fund = cast.fund()
    own_data.erase(cast.mia, now=cast.now)
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        cast.draft(fund, cast.mia, "20.00")
    assert refused.value.code == "member_erased"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_promise_begun_while_one_is_erased_is_seen_or_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    fund = cast.fund()
    checked, drafted = threading.Event(), threading.Event()
    real = own_data.reasons_against_erasing
    outcome: list[str] = []

    def slowly(member: Member) -> list[ValidationError]:
        found = real(member)
        checked.set()
        # Time for the promise to be written, were it not kept waiting.
        drafted.wait(1)
        return found

    def promise() -> None:
        try:
            checked.wait(5)
            with transaction.atomic():
                cast.draft(fund, cast.mia, "20.00")
            outcome.append("drafted")
        except ValidationError as refusal:
            outcome.append(str(refusal.code))
        finally:
            drafted.set()
            connection.close()

    monkeypatch.setattr(own_data, "reasons_against_erasing", slowly)
    thread = threading.Thread(target=promise)
    thread.start()
    own_data.erase(cast.mia, now=cast.now)
    thread.join()
    assert outcome == ["member_erased"]
    assert not Commitment.objects.filter(member=cast.mia).exists()


@pytest.mark.django_db(transaction=True)
def test_stripe_forgets_too_and_is_asked_until_it_does(
    cast: Cast, local_stripe: LocalStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund = cast.fund("20.00")
    promise = cast.secured(fund, "20.00", member=cast.mia, stripe=local_stripe)
    due_now(cast.now, fund)
    fund.refresh_from_db()
    cast.close(fund)
    cast.collect_all(cast.now)
    collecting.look_again(promise.pk, now=cast.now)
    Fund.objects.filter(pk=fund.pk).update(state="settled")
    customer = Customer.objects.get(member=cast.mia)
    account = AccountRef(customer.stripe_account, customer.livemode)
    assert payments_erasing.due(limit=9) == []
    own_data.erase(cast.mia, now=cast.now)
    assert payments_erasing.due(limit=9) == [customer.pk]

    def silent(*args: Any) -> None:
        raise stripe_gateway.Unknown("no answer")

    with monkeypatch.context() as away:
        away.setattr(stripe_gateway, "delete_customer", silent)
        assert not payments_erasing.delete_customer(customer.pk, now=cast.now)
    assert payments_erasing.due(limit=9) == [customer.pk]
    late = WebhookEvent.objects.create(
        stripe_account=account.stripe_account,
        livemode=False,
        event_id="evt_x",
        kind="charge.updated",
        payload={"customer": customer.customer_id, "name": SECRET},
        state="ignored",
        received_at=cast.now,
        next_try_at=cast.now,
    )
    assert payments_erasing.delete_customer(customer.pk, now=cast.now)
    assert payments_erasing.due(limit=9) == []
    late.refresh_from_db()
    assert late.payload == {}
    with pytest.raises(stripe_gateway.Refused, match="No such customer"):
        stripe_gateway.delete_customer(account, customer.customer_id or "")
    # Whose answer was lost is deleted once.
    Customer.objects.update(erased_at=None)
    assert payments_erasing.delete_customer(customer.pk, now=cast.now)
    card = Card.objects.get(customer=customer)
    assert card.last4 == ""


@pytest.mark.django_db
def test_what_stripe_tells_of_customers_is_not_kept(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"id": "evt_9", "type": "customer.deleted", "livemode": False}
    told |= {"data": {"object": {"id": "cus_9", "object": "customer", "email": cast.mia.email, "name": SECRET}}}
    monkeypatch.setattr(stripe_gateway, "read_webhook", lambda raw, signature: told)
    kept = inbox.receive(b"", "", now=cast.now)
    assert kept is not None
    assert (kept.object_id, kept.payload["data"]["object"]) == ("cus_9", {"id": "cus_9", "object": "customer"})
