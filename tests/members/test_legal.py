"""What the law asks: texts in versions, agreement with version and time, and nothing launched while any of it is missing."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test import Client

from csm.local_stripe.process import LocalStripe
from members import accepting, publishing, required
from members.models import Acceptance, LegalText, Member, Transition
from orders import opening
from tests.campaigns.test_api import drafted, launched
from tests.cast import PASSWORD, Cast
from tests.csm.test_admin import change_url, staff
from tests.workshop import Workshop

SIGN_UP = {"email": "nora@example.org", "display_name": "Nora", "password1": PASSWORD}
GAPS: list[tuple[str, dict[str, Any], str]] = [
    ("seller_missing", {"legal_name": ""}, "legal name"),
    ("seller_missing", {"legal_address": " "}, "postal address"),
    ("seller_missing", {"register_number": ""}, "register and number"),
    ("seller_missing", {"contact_email": ""}, "e-mail address for customers"),
    ("vat_missing", {"vat_status": ""}, "whether it charges"),
    ("vat_missing", {"vat_id": ""}, "VAT id"),
    ("retention_missing", {"retention_months": None}, "how long"),
]
DAY = datetime.timedelta(days=1)


def publish(kind: str, cast: Cast, at: datetime.datetime | None = None, text: str = "New **words**.") -> LegalText:
    draft = LegalText(kind=kind, text=text, effective_at=at)
    publishing.save_text(draft)
    publishing.publish_text(draft, by=cast.petra, now=cast.now)
    return draft


def administrator(cast: Cast) -> Client:
    cast.olga.is_superuser = True
    cast.olga.save()
    return staff(cast.olga)


def nothing_in_force(kind: str) -> None:
    """As it is on a new installation; what was published can be taken away by nobody."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE members_legaltext DISABLE TRIGGER legal_text_stays")
        cursor.execute("ALTER TABLE members_acceptance DISABLE TRIGGER acceptance_stays")
        Acceptance.objects.all().delete()
        LegalText.objects.filter(kind=kind).delete()
        cursor.execute("ALTER TABLE members_legaltext ENABLE TRIGGER legal_text_stays")
        cursor.execute("ALTER TABLE members_acceptance ENABLE TRIGGER acceptance_stays")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.mark.parametrize(("code", "changed", "named"), GAPS)
def test_nothing_is_launched_by_whoever_does_not_say_who_sells(
    cast: Cast, code: str, changed: dict[str, Any], named: str
) -> None:
    workshop = Workshop(cast.werkhof, cast.petra, cast.now)
    draft, stool = drafted(cast, workshop.facility), workshop.released_stool()
    type(cast.werkhof).objects.filter(pk=cast.werkhof.pk).update(**changed)
    draft.facility.organisation.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        cast.launch(draft)
    (gap,) = refused.value.error_list
    assert gap.code == code
    assert named in gap.messages[0]
    assert gap.params["where"] == change_url(cast.werkhof)
    workshop.facility.organisation.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        opening.open_run(
            revision=stool,
            facility=workshop.facility,
            minimum_units=3,
            maximum_units=5,
            deadline_at=cast.now + DAY,
            terms=opening.Terms(),
            by=cast.petra,
            now=cast.now,
        )
    assert [gap.code for gap in refused.value.error_list] == [code]


@pytest.mark.parametrize("kind", ["imprint", "terms", "privacy"])
def test_nothing_is_launched_without_the_texts(cast: Cast, kind: str) -> None:
    draft = drafted(cast, Workshop(cast.werkhof, cast.petra, cast.now).facility)
    nothing_in_force(kind)
    # What binds only later is missing until then.
    publish(kind, cast, cast.now + DAY)
    with pytest.raises(ValidationError) as refused:
        cast.launch(draft)
    assert [gap.code for gap in refused.value.error_list] == [f"{kind}_missing"]
    assert required.missing(cast.werkhof, now=cast.now + DAY) == []


def test_a_small_business_needs_no_vat_id(cast: Cast) -> None:
    cast.werkhof.vat_status, cast.werkhof.vat_id = "small", ""
    assert required.missing(cast.werkhof, now=cast.now) == []


def test_the_admin_leads_to_what_is_missing_and_its_owner_fills_it_in(cast: Cast) -> None:
    draft = drafted(cast, Workshop(cast.werkhof, cast.petra, cast.now).facility)
    type(cast.werkhof).objects.update(legal_name="<b>", vat_status="", name="<i>Hof")
    petra = staff(cast.petra)
    html = petra.post(f"{change_url(draft)[:-7]}do/submit/", follow=True).content.decode()
    own = change_url(cast.werkhof)
    assert f'&lt;i&gt;Hof does not say yet whether it charges value added tax. <a href="{own}">Fill it in</a>' in html
    form = {
        "legal_name": "Werkhof eG",
        "legal_address": "Hof 1",
        "register_number": "1",
        "contact_email": "a@b.org",
        "vat_status": "small",
        "vat_id": "",
        "retention_months": "120",
        "name": "Mine",
        "slug": "mine",
    }
    # A producer reads it; an owner writes it, but not what it is called in addresses.
    assert petra.post(own, form).status_code == 403
    cast.werkhof.memberships.filter(member=cast.petra).update(role="owner")
    assert petra.post(own, form).status_code == 302
    cast.werkhof.refresh_from_db()
    assert (cast.werkhof.vat_status, cast.werkhof.name, cast.werkhof.slug) == ("small", "<i>Hof", "werkhof")
    other = type(cast.werkhof).objects.create(name="Other", slug="other", kind="firm")
    assert petra.get(change_url(other)).status_code == 302
    assert petra.get("/admin/members/organisation/add/").status_code == 403
    assert petra.get("/admin/members/legaltext/").status_code == 403


def test_an_administrator_drafts_and_publishes(cast: Cast) -> None:
    admin = administrator(cast)
    admin.post("/admin/members/legaltext/add/", {"kind": "imprint", "text": "Somebody *else*."})
    draft = LegalText.objects.get(version=None)
    assert "Somebody" not in Client().get("/imprint/").content.decode()
    assert admin.post(change_url(draft), {"kind": "imprint", "text": "**We** do."}).status_code == 302
    admin.post(f"{change_url(draft)[:-7]}do/publish/")
    draft.refresh_from_db()
    assert draft.version == 2
    assert draft.effective_at == draft.published_at
    assert Transition.objects.get(subject_id=draft.pk).by == cast.olga
    html = Client().get("/imprint/").content.decode()
    assert "<strong>We</strong> do." in html
    assert "Werkhof Nord" in Client().get("/imprint/1/").content.decode()
    assert Client().get("/imprint/3/").status_code == 404
    assert admin.post(change_url(draft), {"kind": "imprint", "text": "x"}).status_code == 403
    for verb in (publishing.save_text, publishing.discard_text):
        with pytest.raises(ValidationError) as refused:
            verb(draft)
        assert refused.value.code == "text_published"


def test_nothing_binds_before_it_was_published(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        publish("terms", cast, cast.now - DAY)
    assert refused.value.code == "effective_in_the_past"
    later = publish("terms", cast, cast.now + DAY)
    assert accepting.terms_in_force(now=cast.now).version == 1  # type: ignore[union-attr]
    assert accepting.terms_in_force(now=cast.now + DAY) == later


@pytest.mark.parametrize("guarded", [True, False])
def test_what_people_agreed_to_stays(cast: Cast, guarded: bool) -> None:
    terms = accepting.terms_in_force(now=cast.now)
    assert terms is not None
    with transaction.atomic():
        with connection.cursor() as cursor:
            if not guarded:
                cursor.execute("ALTER TABLE members_legaltext DISABLE TRIGGER legal_text_stays")
        try:
            with transaction.atomic():
                LegalText.objects.filter(pk=terms.pk).update(text="Something else.")
            changed = True
        except DatabaseError:
            changed = False
        assert changed is not guarded
        transaction.set_rollback(True)


def test_whoever_signs_up_agrees_and_when_is_kept(cast: Cast) -> None:
    refused = Client().post("/accounts/signup/", SIGN_UP)
    assert 'id="id_terms_error"' in refused.content.decode()
    assert not Member.objects.filter(email="nora@example.org").exists()
    Client().post("/accounts/signup/", SIGN_UP | {"terms": "on"})
    kept = Acceptance.objects.get(member__email="nora@example.org")
    assert kept.text == accepting.terms_in_force(now=cast.now)
    assert kept.accepted_at >= cast.now


def test_where_there_are_no_terms_nobody_is_asked_for_them(cast: Cast) -> None:
    nothing_in_force("terms")
    assert "id_terms" not in Client().get("/accounts/signup/").content.decode()
    client = Client()
    client.force_login(cast.mia)
    assert client.get("/").status_code == 200


def test_new_terms_are_agreed_to_before_anybody_goes_on(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.mia)
    assert client.get("/campaigns/?page=1").status_code == 200
    fresh = publish("terms", cast)
    asked = client.get("/campaigns/?page=1")
    assert asked.headers["Location"] == "/terms/accept/?next=%2Fcampaigns%2F%3Fpage%3D1"
    html = client.get(asked.headers["Location"]).content.decode()
    assert "New <strong>words</strong>." in html
    # What is read without agreeing; and how one leaves.
    for path in ("/terms/", "/privacy/", "/imprint/", "/me/profile/", "/me/", "/accounts/logout/"):
        assert client.get(path).status_code == 200, path
    old = client.post("/terms/accept/", {"version": "1", "next": "/designs/"})
    assert old.status_code == 200
    assert not Acceptance.objects.filter(member=cast.mia, text=fresh).exists()
    # Nobody is sent to another site by a forged address.
    agreed = client.post("/terms/accept/", {"version": "2", "next": "https://evil.example/"})
    assert agreed.headers["Location"] == "/"
    assert Acceptance.objects.filter(member=cast.mia, text=fresh).count() == 1
    assert client.get("/campaigns/").status_code == 200
    accepting.accept(fresh, by=cast.mia, now=cast.now + DAY)
    assert Acceptance.objects.get(member=cast.mia, text=fresh).accepted_at < cast.now + DAY


def test_nobody_binds_themselves_under_terms_that_they_have_not_read(cast: Cast, local_stripe: LocalStripe) -> None:
    campaign = launched(cast, Workshop(cast.werkhof, cast.petra, cast.now).facility)
    client = Client()
    client.force_login(cast.mia)
    publish("terms", cast)
    sent = {"extra": "20", "form_key": "018f0000-0000-7000-8000-000000000001", "bind": "yes"}
    answer = client.post(f"{campaign.get_absolute_url()}support/", sent)
    assert answer.headers["Location"].startswith("/terms/accept/")
    assert not campaign.pledges.exists()
    for path in ("/me/prices/018f0000-0000-7000-8000-000000000001/", f"/me/support/{sent['form_key']}/change/"):
        assert client.post(path).headers["Location"].startswith("/terms/accept/"), path
    assert client.post(f"/me/support/{sent['form_key']}/withdraw/").status_code == 404


def test_the_seller_stands_where_one_binds_oneself(cast: Cast) -> None:
    campaign = launched(cast, Workshop(cast.werkhof, cast.petra, cast.now).facility)
    client = Client()
    client.force_login(cast.mia)
    sent = {"extra": "20", "form_key": "018f0000-0000-7000-8000-000000000001"}
    html = client.post(f"{campaign.get_absolute_url()}support/", sent).content.decode()
    for words in ("Your contract is with", "Am Lagerhof 4", "GnR 412 FL", "DE123456789", "werkhof@demo.example"):
        assert words in html, words
