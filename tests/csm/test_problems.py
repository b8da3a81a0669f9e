"""How refusals read in the API."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from csm.problems import problem_response


def test_a_refusal_by_field_names_every_code() -> None:
    refusal = ValidationError(
        {"tax": ValidationError("Too much.", code="terms_wrong"), "units": ValidationError("None.", code="units_wrong")}
    )
    answer = problem_response(refusal, {})
    assert answer is not None
    assert (answer.status_code, answer.data["code"]) == (422, "terms_wrong")
    assert [error["code"] for error in answer.data["errors"]] == ["terms_wrong", "units_wrong"]
