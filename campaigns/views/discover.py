"""The page on which campaigns are found; its address says everything that was asked for, and can be shared."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from campaigns.discovering import MOST_COUNTED, Order, Stands, Wanted, after_from, find
from campaigns.showing import with_progress
from facilities import placing
from facilities.models import process_choices
from facilities.placing import Point
from members.caching import same_for_strangers
from members.clock import database_now

KILOMETRES = (10, 25, 50, 100, 250, 1000)


class DiscoverForm(forms.Form):
    """What is looked for. Whatever cannot be read is left out of the search, and told."""

    q = forms.CharField(
        label=_("Search"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("laser, boats, Flensburg …")}),
    )
    near = forms.CharField(
        label=_("Near"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("a town")}),
    )
    km = forms.TypedChoiceField(
        label=_("Within"),
        required=False,
        coerce=int,
        choices=[(km, _("%(km)d km") % {"km": km}) for km in KILOMETRES],
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("Any")), *Stands.choices])
    process = forms.ChoiceField(label=_("Workshop does"), required=False)
    sort = forms.ChoiceField(label=_("Order"), required=False, choices=[("", _("As it fits")), *Order.choices])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        processes: forms.Field = self.fields["process"]
        by_label = sorted(process_choices(), key=lambda choice: choice[1])
        processes.choices = [("", gettext("Anything")), *by_label]  # type: ignore[attr-defined]
        self.initial.setdefault("km", 50)

    def clean_near(self) -> Point | None:
        """Raises ValidationError (`place_unknown`)."""
        text = " ".join(self.cleaned_data["near"].split())
        if not text:
            return None
        point = placing.place(text)
        if point is None:
            raise forms.ValidationError(
                _("We know no workshop in “%(place)s”. Write the next larger town, or use where you are."),
                code="place_unknown",
                params={"place": text},
            )
        return point

    def wanted(self, after: str = "") -> Wanted:
        """What is asked for, as far as it can be read."""
        self.is_valid()
        given = self.cleaned_data
        return Wanted(
            text=given.get("q", ""),
            state=given.get("state", ""),
            process=given.get("process", ""),
            near=given.get("near"),
            km=given.get("km") or 50,
            order=given.get("sort", ""),
            after=after_from(after),
        )


@require_safe
@same_for_strangers
def discover(request: HttpRequest) -> HttpResponse:
    """Launched campaigns, those that still run first, or what somebody looks for."""
    form = DiscoverForm({"km": "50", **request.GET.dict()})
    wanted = form.wanted(request.GET.get("after", ""))
    found = find(wanted)
    asked = {name: value for name, value in request.GET.items() if value and name in form.fields}
    context = {
        "form": form,
        "wanted": wanted,
        "found": found,
        "campaigns": with_progress(found.campaigns),
        "is_filtered": bool(asked),
        "is_narrowed": bool(asked.keys() - {"q"}),
        "is_counted": found.number < MOST_COUNTED,
        "more": urlencode({**asked, "after": str(found.after)}) if found.after else "",
        "canonical": f"{settings.SITE_URL}{request.path}",
        "now": database_now(),
    }
    return render(request, "campaigns/list.html", context)
