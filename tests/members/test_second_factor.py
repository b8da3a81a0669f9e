"""Whoever holds a role proves who they are before it opens anything; and sees where they are logged in."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from csm import environment
from members import access, second_factor, tokens
from members.models import Member
from members.templatetags.devices import device
from orders.models import Run
from tests.cast import PASSWORD, Cast
from tests.csm.test_admin import staff
from tests.everything import Everything

SET_UP = "/accounts/2fa/totp/activate/"


@pytest.fixture
def everything(cast: Cast, settings: Any) -> Everything:
    """The Werkhof in full swing, when the installation begins to ask for it."""
    made = Everything(cast)
    settings.MFA_FOR_ROLES = True
    return made


def logged_in(member: Member) -> Client:
    client = Client()
    client.force_login(member)
    return client


def closed_doors(everything: Everything) -> list[str]:
    return [
        "/admin/",
        "/admin/campaigns/campaign/",
        "/admin/payments/payment/",
        f"/batches/{everything.run.pk}/bench/",
        "/campaigns/saw/",
    ]


@pytest.mark.django_db
def test_a_role_opens_nothing_without_a_second_factor(everything: Everything, cast: Cast) -> None:
    Run.objects.update(state="released")
    petra = staff(cast.petra)
    for path in closed_doors(everything):
        answer = petra.get(path)
        assert answer.headers.get("Location") == SET_UP, path
        assert petra.post(path).headers.get("Location") == SET_UP or path == "/campaigns/saw/", path
    assert not access.holds_role(cast.petra, cast.werkhof.pk, "producer")
    # Codes for the day on which the phone is lost are no second factor.
    RecoveryCodes.activate(cast.petra)
    assert petra.get("/admin/").headers.get("Location") == SET_UP
    # What is everybody's stays open.
    for path in ("/", "/campaigns/laser/", f"/batches/{everything.run.pk}/", "/me/", "/me/profile/"):
        assert petra.get(path).status_code == 200, path
    page = petra.get("/admin/", follow=True)
    assert "Before that, set up a second factor" in page.content.decode()
    TOTP.activate(cast.petra, generate_totp_secret())
    for path in closed_doors(everything):
        assert petra.get(path).status_code == 200, path
    Authenticator.objects.filter(type="totp").delete()
    assert petra.get("/admin/").headers.get("Location") == SET_UP


@pytest.mark.django_db
def test_without_the_setting_nobody_is_asked(everything: Everything, cast: Cast, settings: Any) -> None:
    settings.MFA_FOR_ROLES = False
    petra = staff(cast.petra)
    Run.objects.update(state="released")
    for path in closed_doors(everything):
        assert petra.get(path).status_code == 200, path


@pytest.mark.django_db
def test_whoever_administers_is_asked_too_and_who_holds_no_role_is_not(everything: Everything, cast: Cast) -> None:
    ada = cast.person("ada")
    ada.is_superuser = True
    ada.save()
    assert staff(ada).get("/admin/").headers.get("Location") == SET_UP
    assert not second_factor.is_missing(cast.mia)
    mia = logged_in(cast.mia)
    assert mia.get("/campaigns/saw/").status_code == 404
    assert mia.get(f"/batches/{everything.run.pk}/bench/").status_code == 403


@pytest.mark.django_db
def test_a_token_opens_no_more_than_a_log_in(everything: Everything, cast: Cast) -> None:
    _token, key = tokens.create_token(member=cast.petra, name="x", now=cast.now)
    assert not access.holds_role(cast.petra, cast.werkhof.pk)
    answer = Client(headers={"Authorization": f"Bearer {key}"}).get("/api/v1/campaigns/saw/")
    assert answer.status_code == 404


def test_the_switch_is_on_or_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, found in (("on", True), ("off", False), ("", True)):
        monkeypatch.setenv("MFA_FOR_ROLES", value)
        assert environment.switch("MFA_FOR_ROLES", True) is found
    monkeypatch.setenv("MFA_FOR_ROLES", "yes")
    with pytest.raises(ImproperlyConfigured, match="MFA_FOR_ROLES"):
        environment.switch("MFA_FOR_ROLES", True)


@pytest.mark.django_db
def test_one_sees_where_one_is_logged_in_and_ends_the_others(cast: Cast) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    here, there = Client(headers={"user-agent": firefox}), Client(headers={"user-agent": "curl/8"})
    EmailAddress.objects.create(user=cast.mia, email=cast.mia.email, verified=True, primary=True)
    for client in (here, there):
        client.post("/accounts/login/", {"login": cast.mia.email, "password": PASSWORD})
    assert UserSession.objects.filter(user=cast.mia).count() == 2
    UserSession.objects.update(last_seen_at=cast.now.replace(year=2020))
    cache.clear()
    html = here.get("/accounts/sessions/").content.decode()
    assert html.count("2020") == 1, "this browser has just been seen"
    assert "Firefox, Linux" in html
    assert "this browser" in html
    with_another = there.get("/me/profile/")
    assert with_another.status_code == 200
    assert here.post("/accounts/sessions/").status_code == 302
    assert UserSession.objects.filter(user=cast.mia).count() == 1
    assert there.get("/me/profile/").status_code == 302
    assert here.get("/me/profile/").status_code == 200


def test_browsers_are_called_as_people_call_them() -> None:
    iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 (KHTML) Version/18.0 Safari/604.1"
    edge = "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537 (KHTML) Chrome/140.0 Safari/537 Edg/140.0"
    assert device(iphone) == "Safari, iPhone"
    assert device(edge) == "Edge, Windows"
    assert device("") == "an unknown browser"
