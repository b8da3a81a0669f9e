"""People, the organisations they act for, their API tokens, and the history of every state that moves."""

from __future__ import annotations

import zoneinfo
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from members import zones


class MemberManager(BaseUserManager["Member"]):
    """Creates members; e-mail addresses are kept in small letters, in which log-in and sign-up look for them."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        return (email or "").strip().lower()

    def get_by_natural_key(self, username: str | None) -> Member:
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Member:
        if not email:
            raise ValueError("A member needs an e-mail address.")
        member = self.model(email=self.normalize_email(email), **fields)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Member:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


def public_name(display_name: str) -> str:
    """What others read of somebody who chose this name, or none; never the e-mail address."""
    return display_name or str(_("A member"))


class Member(AbstractBaseUser, PermissionsMixin):
    """A person with an account."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("e-mail address"), max_length=254)
    display_name = models.CharField(_("name shown to others"), max_length=80, blank=True)
    locale = models.CharField(_("language"), max_length=12, default=settings.LANGUAGE_CODE)
    time_zone = models.CharField(_("time zone"), max_length=64, default=zones.installation_zone)
    is_active = models.BooleanField(_("may log in"), default=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    # Its owner had it erased: the row is only a number that the books point at.
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)
    joined_at = models.DateTimeField(_("joined"), db_default=Now(), editable=False)

    objects: ClassVar[MemberManager] = MemberManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("email"),
                name="member_email_once",
                violation_error_message=_("Somebody already has this e-mail address."),
            ),
            models.CheckConstraint(
                name="member_erased_is_nobody",
                condition=models.Q(erased_at=None)
                | models.Q(is_active=False, is_staff=False, is_superuser=False, display_name=""),
            ),
        ]

    def __str__(self) -> str:
        return self.public_name

    def clean(self) -> None:
        super().clean()
        self.email = MemberManager.normalize_email(self.email)

    @property
    def public_name(self) -> str:
        """What others read; never the e-mail address."""
        return public_name(self.display_name)

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The member's time zone; the installation's when the name is none that is known here."""
        return zones.named(self.time_zone)


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def acted_for_by(self, member: Member, *roles: str) -> OrganisationQuerySet:
        """The organisations in which `member` holds any of `roles` (any role when none is given)."""
        memberships = Membership.objects.filter(member=member)
        if roles:
            memberships = memberships.filter(role__in=roles)
        return self.filter(pk__in=memberships.values("organisation"))


class Organisation(models.Model):
    """A co-operative, municipality, family business, local firm or association."""

    class Kind(models.TextChoices):
        COOPERATIVE = "cooperative", _("co-operative")
        MUNICIPALITY = "municipality", _("municipality")
        FAMILY_BUSINESS = "family_business", _("family business")
        FIRM = "firm", _("local firm")
        ASSOCIATION = "association", _("association")

    class VatStatus(models.TextChoices):
        LIABLE = "liable", _("charges VAT")
        SMALL = "small", _("small business, charges no VAT")
        EXEMPT = "exempt", _("exempt by law")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("short name in addresses"), unique=True, max_length=60)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    # Whoever takes money says who they are (members/required.py); until then all of it may be empty.
    legal_name = models.CharField(
        _("legal name"), max_length=160, blank=True, help_text=_("Of whoever sells: as it is registered.")
    )
    legal_address = models.TextField(_("postal address"), max_length=400, blank=True)
    register_number = models.CharField(
        _("register and number"),
        max_length=160,
        blank=True,
        help_text=_("Such as the court with the number there. Who is in none writes which authority is responsible."),
    )
    contact_email = models.EmailField(_("e-mail address for customers"), blank=True)
    vat_status = models.CharField(
        _("value added tax"),
        max_length=8,
        choices=VatStatus.choices,
        blank=True,
        help_text=_("What the invoices say."),
    )
    vat_id = models.CharField(_("VAT id or tax number"), max_length=40, blank=True)
    retention_months = models.PositiveSmallIntegerField(
        _("data are kept for, in months"),
        null=True,
        blank=True,
        help_text=_("So long the law wants the papers of a payment. What is personal in them is erased after it."),
    )
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="organisation_keeps_a_while",
                condition=models.Q(retention_months=None) | models.Q(retention_months__range=(1, 360)),
                violation_error_message=_("From one month to 30 years."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One role of one member in one organisation; a member may hold several."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        PRODUCER = "producer", _("producer")
        TREASURER = "treasurer", _("treasurer")
        OPERATOR = "operator", _("operator")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("organisation")
    )
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("member"))
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    since_at = models.DateTimeField(_("since"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("role in an organisation")
        verbose_name_plural = _("roles in organisations")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "member", "role"], name="membership_role_once"),
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.get_role_display()}, {self.organisation}"


class ApiToken(models.Model):
    """A member's personal key to the API. Only its SHA-256 is kept; the key itself is shown once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="api_tokens", verbose_name=_("member"))
    name = models.CharField(_("what it is for"), max_length=80)
    key_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name


class StoredAnswer(models.Model):
    """The answer to one keyed request of the API, so that its repetition has no second effect."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=255)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)
    body_sha256 = models.CharField(max_length=64)
    claimed_at = models.DateTimeField(db_index=True)
    # Both are empty while the first request runs.
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True, encoder=DjangoJSONEncoder)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "key"], name="stored_answer_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Transition(models.Model):
    """One move of one state: who, when, from, to, why. Written with the move, in its transaction."""

    id = models.BigAutoField(primary_key=True)
    subject_model = models.CharField(_("of what"), max_length=60)
    subject_id = models.UUIDField(_("its id"))
    from_state = models.CharField(_("from"), max_length=24)
    to_state = models.CharField(_("to"), max_length=24)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by whom")
    )
    why = models.CharField(_("why"), max_length=240, blank=True)

    class Meta:
        verbose_name = _("move")
        verbose_name_plural = _("history")
        indexes: ClassVar = [models.Index(fields=["subject_id", "id"], name="transition_subject")]

    def __str__(self) -> str:
        return f"{self.subject_model}: {self.from_state} → {self.to_state}"
