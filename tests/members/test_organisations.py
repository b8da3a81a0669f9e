"""Acting for an organisation, inviting others to it, and leaving it."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from post_office.models import Email

from funding import committing
from funding.models import Commitment
from members import appointing
from members.models import Invitation, Member, Membership, Transition
from tests.cast import Cast, euro
from tests.csm.test_admin import change_url, staff
from tests.orders.test_run import Batch


@pytest.fixture
def owner(cast: Cast) -> Member:
    return cast.person("otto", "owner")


def logged_in(member: Member) -> Client:
    client = Client()
    client.force_login(member)
    return client


def invited(cast: Cast, owner: Member, email: str = "mia@example.org", role: str = "treasurer") -> Invitation:
    return appointing.invite(organisation=cast.werkhof, email=email, role=role, by=owner, now=cast.now)


def link() -> str:
    found = re.search(rf"{settings.SITE_URL}(/invitations/\S+)", Email.objects.latest("pk").message)
    assert found
    return found[1]


def test_one_acts_for_an_organisation_until_one_acts_for_oneself_again(cast: Cast) -> None:
    petra = logged_in(cast.petra)
    html = petra.get("/campaigns/").content.decode()
    assert "For myself" in html
    assert "You act for" not in html
    chosen = petra.post("/me/acting/", {"organisation": cast.werkhof.pk, "next": "/designs/"})
    assert chosen.headers["Location"] == "/designs/"
    for path in ("/campaigns/", "/designs/", "/me/"):
        html = petra.get(path).content.decode()
        assert "You act for <strong>Werkhof eG</strong>" in html, path
        assert "For Werkhof eG" in html, path
    petra.post("/me/acting/", {"organisation": ""})
    assert "You act for" not in petra.get("/campaigns/").content.decode()
    # Who may not bind it cannot choose it, and who has no choice sees none.
    for member in (cast.mia, cast.olga):
        client = logged_in(member)
        assert client.post("/me/acting/", {"organisation": cast.werkhof.pk}).status_code == 404
        assert "For myself" not in client.get("/campaigns/").content.decode()
    assert petra.post("/me/acting/", {"organisation": "", "next": "//evil.example/"}).headers["Location"] == "/"
    assert petra.get("/me/acting/").status_code == 405


def test_whoever_loses_the_role_acts_for_themselves_again(cast: Cast) -> None:
    petra = logged_in(cast.petra)
    petra.post("/me/acting/", {"organisation": cast.werkhof.pk})
    Membership.objects.filter(member=cast.petra).delete()
    assert "You act for" not in petra.get("/campaigns/").content.decode()


def test_acting_for_others_wants_the_second_factor(cast: Cast, settings: Any) -> None:
    petra = logged_in(cast.petra)
    petra.post("/me/acting/", {"organisation": cast.werkhof.pk})
    settings.MFA_FOR_ROLES = True
    assert "You act for" not in petra.get("/campaigns/").content.decode()
    led = petra.post("/me/acting/", {"organisation": cast.werkhof.pk})
    assert led.headers["Location"] == "/accounts/2fa/totp/activate/"


def test_what_is_ordered_meanwhile_binds_the_organisation(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committing, "open_card_page", lambda key, now: "/")
    batch = Batch(cast)
    petra = logged_in(cast.petra)
    petra.post("/me/acting/", {"organisation": cast.werkhof.pk})
    asked = petra.post(f"/batches/{batch.run.pk}/price/", {"units": 1})
    assert "You act for" in petra.get(asked.headers["Location"]).content.decode()
    petra.post(asked.headers["Location"])
    assert Commitment.objects.get(member=cast.petra).organisation == cast.werkhof


def test_nobody_binds_an_organisation_of_others(cast: Cast) -> None:
    fund = cast.fund()
    words: dict[str, Any] = {"mandate_version": "1", "mandate_text": "x", "accepted_from": None}
    words |= {"success_url": "", "cancel_url": "", "now": cast.now, "maximum": euro("20.00"), "fund": fund}
    for member in (cast.mia, cast.olga):
        with pytest.raises(ValidationError) as refused:
            committing.draft(member=member, by=member, organisation=cast.werkhof, **words)
        assert refused.value.code == "not_acting_for"
    promise = committing.draft(member=cast.theo, by=cast.theo, organisation=cast.werkhof, **words)
    assert promise.organisation == cast.werkhof


def test_an_owner_invites_and_whoever_owns_the_address_says_yes(cast: Cast, owner: Member) -> None:
    client = logged_in(owner)
    page = f"/me/organisations/{cast.werkhof.slug}/"
    assert client.post(page, {"email": "MIA@example.org", "role": "treasurer"}).status_code == 302
    address = link()
    sent = Email.objects.latest("pk")
    assert sent.to == ["mia@example.org"]
    assert "Otto asks you to act for Werkhof eG as its treasurer." in sent.message
    # A forwarded mail opens nothing to somebody else.
    olga = logged_in(cast.olga)
    assert "is for mia@example.org; you are logged in as olga@example.org" in olga.get(address).content.decode()
    assert olga.post(address).status_code == 200
    assert not Membership.objects.filter(member=cast.olga, role="treasurer").exists()
    assert Client().get(address).headers["Location"].startswith("/accounts/login/")
    mia = logged_in(cast.mia)
    assert "Act for Werkhof eG?" in mia.get(address).content.decode()
    assert mia.post(address).headers["Location"] == page
    taken = Membership.objects.get(member=cast.mia)
    assert taken.role == "treasurer"
    move = Transition.objects.get(subject_id=taken.pk)
    assert (move.from_state, move.to_state, move.by) == ("", "treasurer", owner)
    assert "This invitation is over" in mia.post(address).content.decode()
    assert Membership.objects.filter(member=cast.mia).count() == 1
    assert mail.outbox == []


def test_a_link_is_signed_and_does_not_last(cast: Cast, owner: Member) -> None:
    row = invited(cast, owner)
    address, mia = link(), logged_in(cast.mia)
    assert "is over" in mia.get(address[:-3] + "xx/").content.decode()
    Invitation.objects.update(expires_at=cast.now)
    assert "is over" in mia.get(address).content.decode()
    row.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        appointing.accept_invitation(row, by=cast.mia, now=cast.now)
    assert refused.value.code == "invitation_expired"
    # Asked again it is the same invitation, which holds longer.
    assert invited(cast, owner).pk == row.pk
    assert "Act for Werkhof eG?" in mia.get(address).content.decode()
    page = logged_in(owner).post(f"/me/invitations/{row.pk}/", follow=True)
    assert "mia@example.org" not in page.content.decode()
    assert "is over" in mia.post(address).content.decode()


@pytest.mark.parametrize(
    ("email", "role", "code"),
    [("nobody", "operator", "email_malformed"), ("petra@example.org", "producer", "role_held")],
)
def test_what_cannot_be_asked(cast: Cast, owner: Member, email: str, role: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        invited(cast, owner, email, role)
    assert refused.value.code == code


def test_nobody_mails_the_whole_town(cast: Cast, owner: Member) -> None:
    for number in range(appointing.MOST_OPEN):
        invited(cast, owner, f"n{number}@example.org")
    with pytest.raises(ValidationError) as refused:
        invited(cast, owner, "more@example.org")
    assert refused.value.code == "too_many_invitations"


def test_only_owners_decide(cast: Cast, owner: Member) -> None:
    row, theirs = invited(cast, owner), Membership.objects.get(member=cast.olga)
    page = f"/me/organisations/{cast.werkhof.slug}/"
    petra, egon = logged_in(cast.petra), logged_in(cast.person("egon"))
    assert "Invite somebody" not in petra.get(page).content.decode()
    assert petra.post(page, {"email": "x@example.org", "role": "owner"}).status_code == 403
    for client in (petra, egon):
        assert client.post(f"/me/roles/{theirs.pk}/end/").status_code == 404
        assert client.post(f"/me/invitations/{row.pk}/").status_code == 404
    assert egon.get(page).status_code == 404
    for verb in (
        lambda: invited(cast, cast.petra),
        lambda: appointing.end_role(theirs, by=cast.petra, now=cast.now),
        lambda: appointing.withdraw_invitation(row, by=cast.petra, now=cast.now),
    ):
        with pytest.raises(ValidationError) as refused:
            verb()
        assert refused.value.code == "not_owner"
    assert Invitation.objects.get().state == "open"


def test_roles_end_and_the_last_owner_stays(cast: Cast, owner: Member) -> None:
    client = logged_in(owner)
    olgas = Membership.objects.get(member=cast.olga)
    assert "Olga is no more operator" in client.get(f"/me/roles/{olgas.pk}/end/").content.decode()
    client.post(f"/me/roles/{olgas.pk}/end/")
    assert not Membership.objects.filter(member=cast.olga).exists()
    move = Transition.objects.get(subject_id=olgas.pk)
    assert (move.from_state, move.to_state, move.by) == ("operator", "ended", owner)
    own = Membership.objects.get(member=owner)
    kept = client.post(f"/me/roles/{own.pk}/end/", follow=True)
    assert "Werkhof eG needs an owner. Invite another one first." in kept.content.decode()
    assert Membership.objects.filter(pk=own.pk).exists()
    # Others leave as they like.
    petra = logged_in(cast.petra)
    left = petra.post(f"/me/roles/{Membership.objects.get(member=cast.petra).pk}/end/")
    assert left.headers["Location"] == "/me/profile/"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_two_owners_who_leave_at_once_leave_one(cast: Cast, monkeypatch: pytest.MonkeyPatch, guarded: bool) -> None:
    both = [cast.person(name, "owner") for name in ("otto", "odette")]
    rows = list(Membership.objects.filter(role="owner").select_related("organisation"))
    start, counted = threading.Barrier(2), threading.Barrier(2)
    if not guarded:
        monkeypatch.setattr(appointing, "_hold", lambda organisation: None)
        real = appointing.record
        # Both have counted two before either is gone.
        monkeypatch.setattr(appointing, "record", lambda *args, **words: (counted.wait(5), real(*args, **words)))

    def leave(row: Membership, by: Member) -> None:
        try:
            start.wait(5)
            appointing.end_role(row, by=by, now=cast.now)
        except ValidationError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=leave, args=(row, row.member)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(both) == 2
    assert Membership.objects.filter(role="owner").count() == (1 if guarded else 0)


def test_what_an_administrator_changes_about_roles_stands_in_the_history_too(cast: Cast) -> None:
    cast.olga.is_superuser = True
    cast.olga.save()
    row = Membership.objects.get(member=cast.theo)
    others = Membership.objects.exclude(pk=row.pk)
    others.delete()
    form = {
        "name": "Werkhof eG",
        "slug": "werkhof",
        "kind": "cooperative",
        "vat_status": "small",
        "memberships-TOTAL_FORMS": 2,
        "memberships-INITIAL_FORMS": 1,
        "memberships-0-id": row.pk,
        "memberships-0-organisation": cast.werkhof.pk,
        "memberships-0-member": cast.theo.pk,
        "memberships-0-role": "owner",
        "memberships-1-organisation": cast.werkhof.pk,
        "memberships-1-member": cast.mia.pk,
        "memberships-1-role": "operator",
    }
    answer = staff(cast.olga).post(change_url(cast.werkhof), form)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    moves = Transition.objects.filter(subject_model="members.Membership").order_by("pk")
    assert {(move.from_state, move.to_state, move.by) for move in moves} == {
        ("treasurer", "owner", cast.olga),
        ("", "operator", cast.olga),
    }


def test_the_profile_lists_for_whom_one_acts(cast: Cast) -> None:
    html = logged_in(cast.petra).get("/me/profile/").content.decode()
    assert "/me/organisations/werkhof/" in html
    assert "producer" in html
    assert "Organisations" not in logged_in(cast.mia).get("/me/profile/").content.decode()
