"""What the law asks of whoever takes people's money; while any of it is missing, nothing is launched."""

from __future__ import annotations

import datetime

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _

from members.models import LegalText, Organisation

# What of an organisation says who sells.
SELLER = ("legal_name", "legal_address", "register_number", "contact_email")


def missing(organisation: Organisation, *, now: datetime.datetime) -> list[ValidationError]:
    """What is missing, each with the address of the page on which it is filled in, as `params["where"]`.

    Codes: `imprint_missing`, `terms_missing`, `privacy_missing`, `seller_missing`, `vat_missing`, `retention_missing`.
    """
    in_force = set(LegalText.objects.in_force(now).values_list("kind", flat=True))
    texts = reverse("admin:members_legaltext_changelist")
    own = reverse("admin:members_organisation_change", args=[organisation.pk])
    found = [
        _gap(f"{kind}_missing", words, texts)
        for kind, words in (
            (LegalText.Kind.IMPRINT, _("The imprint is missing: it says who runs this site.")),
            (LegalText.Kind.TERMS, _("The terms of use are missing: members agree to them.")),
            (LegalText.Kind.PRIVACY, _("The privacy notice is missing: it says what is kept about people, and why.")),
        )
        if kind not in in_force
    ]
    seller = [
        str(field.verbose_name)
        for field in organisation._meta.concrete_fields
        if field.name in SELLER and not getattr(organisation, field.name).strip()
    ]
    if seller:
        words = _("%(organisation)s does not say yet who sells. What is missing: %(fields)s.")
        found.append(_gap("seller_missing", words, own, organisation=organisation.name, fields=", ".join(seller)))
    if not organisation.vat_status:
        found.append(
            _gap(
                "vat_missing",
                _("%(organisation)s does not say yet whether it charges value added tax."),
                own,
                organisation=organisation.name,
            )
        )
    elif organisation.vat_status == Organisation.VatStatus.LIABLE and not organisation.vat_id.strip():
        words = _("%(organisation)s charges value added tax, but its VAT id or tax number is missing.")
        found.append(_gap("vat_missing", words, own, organisation=organisation.name))
    if organisation.retention_months is None:
        words = _("%(organisation)s does not say yet how long it keeps data about those who pay.")
        found.append(_gap("retention_missing", words, own, organisation=organisation.name))
    return found


def refuse_unlawful(organisation: Organisation, *, now: datetime.datetime) -> None:
    """Raises ValidationError with everything that `missing` finds."""
    found = missing(organisation, now=now)
    if found:
        raise ValidationError(found)


def _gap(code: str, words: str, where: str, **params: str) -> ValidationError:
    return ValidationError(words, code=code, params={**params, "where": where})
