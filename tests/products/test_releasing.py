"""Drafting and releasing versions, and that a released one stays as it is whoever writes."""

from __future__ import annotations

import hashlib
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction

from members.models import Transition
from products import drafting, releasing
from products.access import may_maintain
from products.drafting import Instruction, Need, Step
from products.models import BomLine, BuildStep, Design, Operation, Revision, RevisionFile
from tests.cast import Cast
from tests.workshop import Workshop


def refusals(caught: pytest.ExceptionInfo[ValidationError]) -> list[str | None]:
    return [error.code for error in caught.value.error_list]


def test_a_complete_draft_is_released_and_enters_the_catalogue(workshop: Workshop) -> None:
    draft = workshop.stool()
    assert not Design.objects.catalogue().exists()
    released = releasing.release_revision(draft, by=workshop.by, now=workshop.now)
    assert (released.released_at, released.released_by) == (workshop.now, workshop.by)
    design = Design.objects.catalogue().get()
    assert (design.newest_number, design.newest_licence) == ("1.0.0", "CERN-OHL-S-2.0")
    assert Transition.objects.get(subject_id=design.pk).to_state == "released"


def test_an_empty_draft_is_told_everything_that_is_missing(workshop: Workshop) -> None:
    design = drafting.start_design(
        name="Box", slug="box", summary="A box.", maintainer=workshop.organisation, now=workshop.now
    )
    empty = drafting.draft_revision(design=design, number="0.1.0", by=workshop.by, now=workshop.now)
    with pytest.raises(ValidationError) as caught:
        releasing.release_revision(empty, by=workshop.by, now=workshop.now)
    assert refusals(caught) == ["licence_not_open", "bom_empty", "routing_empty"]
    empty.refresh_from_db()
    assert not empty.is_released


@pytest.mark.parametrize("licence", ["CC-BY-NC-4.0", "CC-BY-ND-4.0", "Proprietary", "cern-ohl-s-2.0"])
def test_a_licence_that_is_not_open_is_refused(workshop: Workshop, licence: str) -> None:
    draft = drafting.describe_revision(workshop.stool(), licence=licence, changelog="")
    with pytest.raises(ValidationError, match=licence) as caught:
        releasing.release_revision(draft, by=workshop.by, now=workshop.now)
    assert refusals(caught) == ["licence_not_open"]


def test_versions_are_released_in_order_of_their_numbers(workshop: Workshop) -> None:
    design = workshop.released_stool().design
    for number in ("1.9.0", "1.10.0"):
        releasing.release_revision(workshop.version(design, number), by=workshop.by, now=workshop.now)
    with pytest.raises(ValidationError) as caught:
        releasing.release_revision(workshop.version(design, "1.9.9"), by=workshop.by, now=workshop.now)
    assert refusals(caught) == ["number_not_higher"]


@pytest.mark.parametrize("number", ["1", "1.0", "v1.0.0", "01.0.0", "1.0.0-beta", "1.0.0\n"])
def test_a_malformed_number_is_refused(workshop: Workshop, number: str) -> None:
    design = workshop.stool().design
    with pytest.raises(ValidationError) as caught:
        drafting.draft_revision(design=design, number=number, by=workshop.by, now=workshop.now)
    assert "number_malformed" in [error.code for error in caught.value.error_dict["number"]]


def test_the_next_version_begins_from_the_last(workshop: Workshop) -> None:
    first = workshop.released_stool()
    second = drafting.draft_revision(design=first.design, number="1.1.0", after=first, by=workshop.by, now=workshop.now)
    assert second.licence == first.licence
    for part in ("bom_lines", "operations", "files", "steps"):
        assert getattr(second, part).count() == getattr(first, part).count() > 0
    drafting.write_instructions(second, instructions=[])
    assert first.steps.exists()


def test_a_released_version_refuses_every_verb(workshop: Workshop) -> None:
    revision = workshop.released_stool()
    file = revision.files.get()
    attempts: list[Any] = [
        lambda: drafting.describe_revision(revision, licence="MIT", changelog="x"),
        lambda: drafting.write_bom(revision, needs=[]),
        lambda: drafting.write_routing(revision, steps=[]),
        lambda: drafting.write_instructions(revision, instructions=[]),
        lambda: drafting.attach_file(revision, name="b.svg", content=ContentFile(b"x")),
        lambda: drafting.remove_file(file),
        lambda: releasing.release_revision(revision, by=workshop.by, now=workshop.now),
    ]
    for attempt in attempts:
        with pytest.raises(ValidationError) as caught:
            attempt()
        assert refusals(caught) == ["revision_released"]


@pytest.mark.parametrize("part", [BomLine, Operation, RevisionFile, BuildStep])
def test_postgresql_keeps_the_parts_of_a_released_version(workshop: Workshop, part: Any) -> None:
    revision = workshop.released_stool()
    draft = workshop.version(revision.design, "2.0.0")
    row = part.objects.filter(revision=revision).first()
    copy = part.objects.filter(revision=draft).first()
    copy.revision = revision
    if hasattr(copy, "position"):
        copy.position = 99
    else:
        copy.name = "other.dxf"
    for refused in (
        lambda: part.objects.filter(pk=row.pk).update(revision=revision),
        lambda: part.objects.filter(pk=row.pk).update(revision=draft),
        lambda: part.objects.filter(pk=row.pk).delete(),
        lambda: copy.save(),
    ):
        with pytest.raises(IntegrityError, match="released"), transaction.atomic():
            refused()
    assert part.objects.filter(revision=draft).exists()


def test_postgresql_keeps_the_released_version_itself(workshop: Workshop) -> None:
    revision = workshop.released_stool()
    for fields in ({"licence": "MIT"}, {"released_at": None}, {"changelog": "x"}):
        with pytest.raises(IntegrityError, match="released"), transaction.atomic():
            Revision.objects.filter(pk=revision.pk).update(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.filter(pk=revision.pk).delete()


def test_nothing_is_released_without_a_licence_whoever_writes(workshop: Workshop) -> None:
    draft = drafting.describe_revision(workshop.stool(), licence="", changelog="")
    with pytest.raises(IntegrityError, match="licence"), transaction.atomic():
        Revision.objects.filter(pk=draft.pk).update(released_at=workshop.now)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_part_written_while_the_version_is_released_waits_and_is_refused(workshop: Workshop) -> None:
    """The part's writer sees a draft, the release commits, and only then the part is written."""
    draft = workshop.stool()
    outcome: list[str] = []
    started = threading.Event()

    def write_behind_the_verbs_back() -> None:
        try:
            started.set()
            BuildStep.objects.create(revision_id=draft.pk, position=77, title="Slipped in")
            outcome.append("written")
        except IntegrityError:
            outcome.append("refused")
        finally:
            connection.close()

    writer = threading.Thread(target=write_behind_the_verbs_back)
    with transaction.atomic():
        releasing.release_revision(draft, by=workshop.by, now=workshop.now)
        writer.start()
        started.wait()
        writer.join(timeout=1)
        assert writer.is_alive(), "the writer did not wait for the release"
    writer.join()
    assert outcome == ["refused"]
    assert not BuildStep.objects.filter(revision=draft, position=77).exists()


def test_a_material_is_listed_once(workshop: Workshop) -> None:
    draft = workshop.stool()
    twice = [Need(kind=workshop.plywood, quantity=Decimal(1)), Need(kind=workshop.plywood, quantity=Decimal(2))]
    with pytest.raises(ValidationError, match="Birch plywood") as caught:
        drafting.write_bom(draft, needs=twice)
    assert refusals(caught) == ["material_twice"]
    assert draft.bom_lines.count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        draft.bom_lines.update(kind=workshop.plywood)


def test_a_wrong_line_is_named(workshop: Workshop) -> None:
    draft = workshop.stool()
    with pytest.raises(ValidationError, match="Line 2, process") as caught:
        drafting.write_routing(
            draft, steps=[Step(process="assembly", title="Assemble"), Step(process="magic", title="Wish")]
        )
    assert refusals(caught) == ["line_invalid"]
    assert draft.operations.count() == 2


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (BomLine, {"quantity": 0}),
        (BomLine, {"attrition": -1}),
        (Operation, {"yield_fraction": 0}),
        (Operation, {"yield_fraction": Decimal("1.1")}),
        (Operation, {"cycle_minutes": -1}),
        (Operation, {"pieces_per_cycle": 0}),
        (RevisionFile, {"size_bytes": 0}),
        (RevisionFile, {"sha256": "ABC"}),
    ],
)
def test_impossible_figures_are_refused_whoever_writes(workshop: Workshop, model: Any, fields: dict[str, Any]) -> None:
    workshop.stool()
    with pytest.raises(IntegrityError, match="check constraint"), transaction.atomic():
        model.objects.update(**fields)


def test_instructions_are_rendered_when_they_are_written(workshop: Workshop) -> None:
    draft = workshop.stool()
    drafting.write_instructions(draft, instructions=[Instruction(title="Cut", text="<b>x</b> *slowly*")])
    html = draft.steps.get().text_html
    assert "<em>slowly</em>" in html
    assert "<b>" not in html


def test_the_same_content_is_stored_once_under_its_hash(workshop: Workshop) -> None:
    draft = workshop.stool()
    content = b"G0 X0 Y0\n"
    for name in ("a.nc", "b.nc"):
        drafting.attach_file(draft, name=name, content=ContentFile(content))
    paths = {file.storage_path for file in draft.files.filter(name__endswith=".nc")}
    digest = hashlib.sha256(content).hexdigest()
    assert paths == {f"revisions/{digest[:2]}/{digest}"}
    folder, (stored,) = default_storage.listdir(f"revisions/{digest[:2]}")
    assert (folder, stored) == ([], digest)


def test_a_torn_file_is_mended_by_the_next_upload(workshop: Workshop) -> None:
    draft = workshop.stool()
    file = drafting.attach_file(draft, name="a.nc", content=ContentFile(b"G0 X0 Y0\n"))
    default_storage.delete(file.storage_path)
    default_storage.save(file.storage_path, ContentFile(b"G0"))
    drafting.attach_file(draft, name="b.nc", content=ContentFile(b"G0 X0 Y0\n"))
    assert default_storage.open(file.storage_path).read() == b"G0 X0 Y0\n"


def test_a_file_of_the_same_name_is_replaced_in_a_draft(workshop: Workshop) -> None:
    draft = workshop.stool()
    drafting.attach_file(draft, name="seat.dxf", content=ContentFile(b"new"))
    assert draft.files.get().size_bytes == 3


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("../up.dxf", b"x", "file_name_malformed"),
        (".hidden", b"x", "file_name_malformed"),
        ("a\r\nb", b"x", "file_name_malformed"),
        ("seat\u202efxd.exe", b"x", "file_name_malformed"),
        ("", b"x", "file_name_malformed"),
        ("a.dxf", b"", "file_empty"),
        ("a.dxf", b"123456", "file_too_large"),
    ],
)
def test_a_bad_file_is_refused(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, code: str
) -> None:
    draft = workshop.stool()
    monkeypatch.setattr(drafting, "MAX_FILE_BYTES", 5)
    with pytest.raises(ValidationError) as caught:
        drafting.attach_file(draft, name=name, content=ContentFile(content))
    assert refusals(caught) == [code]


def test_a_retired_design_leaves_the_catalogue_and_comes_back_with_a_new_version(workshop: Workshop) -> None:
    design = workshop.released_stool().design
    design.refresh_from_db()
    releasing.retire_design(design, by=workshop.by, now=workshop.now, why="The legs crack.")
    assert not Design.objects.catalogue().exists()
    assert Design.objects.published().exists()
    releasing.release_revision(workshop.version(design, "2.0.0"), by=workshop.by, now=workshop.now)
    assert Design.objects.catalogue().get().newest_number == "2.0.0"


def test_maintainers_maintain(cast: Cast, workshop: Workshop) -> None:
    of_the_werkhof, of_mia = workshop.stool().design, workshop.stool("chair", maintainer=cast.mia).design
    assert may_maintain(cast.petra, of_the_werkhof)
    assert not may_maintain(cast.mia, of_the_werkhof)
    assert may_maintain(cast.mia, of_mia)
    assert not may_maintain(cast.petra, of_mia)


def test_a_design_has_one_maintainer(cast: Cast, workshop: Workshop) -> None:
    workshop.stool()
    with pytest.raises(IntegrityError, match="maintainer"), transaction.atomic():
        Design.objects.update(maintainer_member=cast.mia)
