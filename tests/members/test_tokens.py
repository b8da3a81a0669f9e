"""Personal API tokens: made and taken back on the command line."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from members.models import ApiToken, Member
from tests.cast import Cast

ORDERS = "/api/v1/orders/"


def made(member: Member, name: str) -> str:
    said = StringIO()
    call_command("create_token", member.email.upper(), name=name, stdout=said)
    return said.getvalue().strip()


def opens(key: str) -> bool:
    return Client(headers={"Authorization": f"Bearer {key}"}).get(ORDERS).status_code == 200


@pytest.mark.django_db
def test_a_token_is_taken_back_by_name_or_with_all_others(cast: Cast) -> None:
    shop, till, theos = made(cast.mia, "shop"), made(cast.mia, "till"), made(cast.theo, "shop")
    assert [opens(key) for key in (shop, till, theos)] == [True, True, True]
    assert not ApiToken.objects.filter(key_sha256__in=(shop, till, theos)).exists()
    said = StringIO()
    call_command("revoke_tokens", cast.mia.email.upper(), name="shop", stdout=said)
    assert said.getvalue().startswith("Revoked: shop, made on ")
    assert [opens(key) for key in (shop, till, theos)] == [False, True, True]
    call_command("revoke_tokens", cast.mia.email, stdout=said)
    assert [opens(key) for key in (shop, till, theos)] == [False, False, True]
    with pytest.raises(CommandError, match="no such token"):
        call_command("revoke_tokens", cast.mia.email, stdout=said)


@pytest.mark.django_db
def test_who_may_not_log_in_opens_nothing_by_token_either(cast: Cast) -> None:
    key, member = made(cast.mia, "shop"), Client()
    member.force_login(cast.mia)
    Member.objects.filter(pk=cast.mia.pk).update(is_active=False)
    assert not opens(key)
    assert member.get("/me/").status_code == 302
    with pytest.raises(CommandError, match="No active member"):
        made(cast.mia, "other")
    call_command("revoke_tokens", cast.mia.email, stdout=StringIO())
    Member.objects.filter(pk=cast.mia.pk).update(is_active=True)
    assert not opens(key)
