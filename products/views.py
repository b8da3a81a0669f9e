"""Pages of open designs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from facilities.models import Facility
from facilities.processes import PROCESSES
from members.clock import database_now
from payments.money import Money
from products import charting, costing
from products.forms import LARGEST, BatchForm
from products.models import Design, Revision, RevisionFile
from products.pricing import recipe_for

USUAL_BATCH = 10


@require_safe
def design_list(request: HttpRequest) -> HttpResponse:
    """Every design that can be made, newest release first."""
    return render(request, "products/list.html", {"designs": Design.objects.catalogue()[:60]})


@require_safe
def revision_page(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """One released version, as it was and will stay."""
    revision = get_object_or_404(_released(), design__slug=slug, number=number)
    return render(request, "products/design.html", {**design_context(request, revision), "one_version": True})


@require_safe
def download(request: HttpRequest, file_id: UUID) -> FileResponse:
    """A file of a released version, always as a download: nothing that somebody uploaded runs on this site."""
    file = get_object_or_404(RevisionFile, pk=file_id, revision__released_at__isnull=False)
    if not default_storage.exists(file.storage_path):
        raise Http404
    return FileResponse(default_storage.open(file.storage_path), as_attachment=True, filename=file.name)


def newest(slug: str) -> Revision:
    """The newest released version of a published design. Raises Http404."""
    revision: Revision | None = _released().filter(design__slug=slug).order_by("-released_at", "-id").first()
    if revision is None:
        raise Http404
    return revision


def able_workshops(revision: Revision) -> Any:
    """The workshops with the machines and the materials for this version."""
    processes = {operation.process for operation in revision.operations.all()}
    return Facility.objects.able_to_make(
        processes={process for process in processes if not PROCESSES[process].by_hand},
        kinds={line.kind_id for line in revision.bom_lines.all()},
    ).order_by("name")


def design_context(request: HttpRequest, revision: Revision) -> dict[str, Any]:
    """What the page of a version shows, with its cost in the batch and at the workshop that the address asks for."""
    workshops = able_workshops(revision)
    form = BatchForm(workshops, request.GET or None)
    form.is_valid()
    # What was asked rightly counts, though the rest of the form was not.
    asked = getattr(form, "cleaned_data", {})
    workshop = asked.get("workshop") or workshops.first()
    size = asked.get("pieces") or USUAL_BATCH
    context: dict[str, Any] = {
        "design": revision.design,
        "revision": revision,
        "versions": revision.design.revisions.released(),
        "materials": revision.bom_lines.select_related("kind"),
        "operations": [(operation, PROCESSES[operation.process]) for operation in revision.operations.all()],
        "steps": revision.steps.all(),
        "files": revision.files.all(),
        "workshop": workshop,
        "size": size,
        "form": form if form.is_bound and form.errors else BatchForm(workshops, initial=_initial(size, workshop)),
    }
    return context | (_cost(revision, workshop, size) if workshop else {})


def _initial(size: int, workshop: Facility | None) -> dict[str, Any]:
    return {"pieces": size, "workshop": workshop.slug if workshop else None}


def _cost(revision: Revision, workshop: Facility, size: int) -> dict[str, Any]:
    """The cost of a batch at a workshop; nothing but the reasons when it cannot be priced."""
    try:
        recipe = recipe_for(revision=revision, facility=workshop, day=database_now().date())
    except ValidationError as refusal:
        return {"unpriced": refusal.messages}
    points = costing.curve(recipe, 1, max(size, LARGEST * 2 // 3))
    steps_up: dict[str, list[int]] = {}
    for point in points:
        if point.because:
            steps_up.setdefault(point.because.label, []).append(point.quantity)
    return {
        "sheet": costing.cost_sheet(recipe, size),
        "unit": Money(points[size - 1].unit_minor, recipe.currency),
        "alone": Money(points[0].unit_minor, recipe.currency),
        "chart": charting.chart(points, size),
        "currency": recipe.currency,
        "steps_up": {what: batches[:6] for what, batches in steps_up.items()},
    }


def _released() -> Any:
    return Revision.objects.released().select_related("design__maintainer_organisation", "design__maintainer_member")
