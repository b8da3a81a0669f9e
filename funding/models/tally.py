"""Running sums for pages."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from funding.models.fund import Fund


class Tally(models.Model):
    """One change of what is secured or collected in a fund. Summed for pages, folded now and then, never recounted.

    The two decisions do not read it: they count the commitments themselves, under the fund's lock.
    """

    class Kind(models.TextChoices):
        SECURED = "secured", _("promised")
        COLLECTED = "collected", _("arrived")

    id = models.BigAutoField(primary_key=True)
    # Found by `tally_sum`, as a posting is by its balance's index.
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount_minor = models.BigIntegerField()
    promises = models.IntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["fund", "kind"], include=["amount_minor", "promises"], name="tally_sum"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.amount_minor}"
