"""Support that is given to somebody else."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from campaigns.models.support import Pledge


class Gift(models.Model):
    """To whom a pledge is given. It stays its payer's in the books; what is written here goes when its payer is erased."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pledge = models.OneToOneField(Pledge, on_delete=models.PROTECT, related_name="gift", verbose_name=_("support"))
    name = models.CharField(_("for whom"), max_length=80)
    email = models.EmailField(_("their e-mail address"), blank=True)
    message = models.CharField(_("what you say to them"), max_length=500, blank=True)
    # When the recipient was written to; nobody is before the money has arrived and the campaign succeeded.
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("gift")
        verbose_name_plural = _("gifts")

    def __str__(self) -> str:
        return self.name
