"""How refusals read in the API."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from campaigns.api.talk import FollowingSerializer
from campaigns.serializers import ChangeSerializer, NewPledgeSerializer
from csm.api_description import PROBLEM
from csm.problems import problem_response
from funding.serializers import ReturnUrlSerializer
from orders.serializers import UnitsSerializer
from tests.cast import Cast


def test_a_refusal_by_field_names_every_code() -> None:
    refusal = ValidationError(
        {"tax": ValidationError("Too much.", code="terms_wrong"), "units": ValidationError("None.", code="units_wrong")}
    )
    answer = problem_response(refusal, {})
    assert answer is not None
    assert (answer.status_code, answer.data["code"]) == (422, "terms_wrong")
    assert [error["code"] for error in answer.data["errors"]] == ["terms_wrong", "units_wrong"]


@pytest.mark.django_db
def test_the_description_says_how_to_log_in_and_to_repeat_with_examples_that_are_valid(cast: Cast) -> None:
    described = Client().get("/api/v1/schema/?format=json", headers={"accept": "application/json"}).json()
    for words in ("Authorization: Bearer", "Idempotency-Key", "create_token", "problem documents"):
        assert words in described["info"]["description"]
    assert "{site}" not in described["info"]["description"]
    serializers = {
        "NewPledge": NewPledgeSerializer,
        "PatchedChange": ChangeSerializer,
        "Following": FollowingSerializer,
        "Units": UnitsSerializer,
        "ReturnUrl": ReturnUrlSerializer,
    }
    shown = set()
    for operations in described["paths"].values():
        for operation in operations.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            for body in operation.get("requestBody", {}).get("content", {}).values():
                name = body["schema"]["$ref"].rpartition("/")[2]
                assert serializers[name](data=body["example"]).is_valid(), name
                shown.add(name)
    assert shown == set(serializers)
    # The example of a refusal has the members that a refusal has.
    refused = Client().get("/api/v1/campaigns/nowhere/").json()
    assert set(refused) == set(PROBLEM["content"]["application/problem+json"]["example"])  # type: ignore[index]
