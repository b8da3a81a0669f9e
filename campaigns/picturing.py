"""Pictures: known by their content, encoded anew, and kept under names that nobody can guess."""

from __future__ import annotations

import datetime
import io
import secrets
from functools import partial
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from campaigns.models import Campaign, Picture
from members.models import Member

MOST_BYTES = 12 * 2**20
# Read whole, so many take about 200 MB of memory.
MOST_PIXELS = 50_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
LARGE, SMALL = 1600, 640
MOST_PICTURES = 12


class Encoded(NamedTuple):
    """WebP without anything that the file said beside its pixels; sizes in pixels."""

    large: bytes
    small: bytes
    width: int
    height: int
    small_width: int


def encode(data: bytes) -> Encoded:
    """A picture large and small, turned as its camera held it; of one that moves, its first frame.

    Raises ValidationError: `picture_too_large`, `picture_unreadable`.
    """
    if len(data) > MOST_BYTES:
        raise ValidationError(_("The file is larger than 12 MB. Save it smaller."), code="picture_too_large")
    try:
        # What it is says its content, never its name.
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > MOST_PIXELS:
            raise ValidationError(_("The picture has more than 50 million pixels."), code="picture_too_large")
        # A JPEG is then read in a fraction of its size where that is enough.
        image.draft("RGB", (LARGE, LARGE))
        upright = ImageOps.exif_transpose(image)
        plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except ValidationError:
        raise
    except Image.DecompressionBombError as error:
        raise ValidationError(_("The picture has more than 50 million pixels."), code="picture_too_large") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise ValidationError(
            _("This is no picture that can be read. Send a JPEG, PNG or WebP file."), code="picture_unreadable"
        ) from error
    large, small = _within(plain, LARGE), _within(plain, SMALL)
    return Encoded(_webp(large), _webp(small), large.width, large.height, small.width)


def _within(image: Image.Image, longest: int) -> Image.Image:
    fitted = image.copy()
    fitted.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return fitted


def _webp(image: Image.Image) -> bytes:
    # A new image: what was read from the file beside its pixels (place, camera, profile) is not taken along.
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    out = io.BytesIO()
    bare.save(out, "WEBP", quality=82, method=4)
    return out.getvalue()


def add(campaign: Campaign, *, data: bytes, alt: str, is_cover: bool, by: Member, now: datetime.datetime) -> Picture:
    """One more picture; the first stands on top whatever is said.

    Raises ValidationError: `alt_missing`, `too_many_pictures`, `campaign_submitted`, and what `encode` raises.
    """
    if not alt.strip():
        raise ValidationError(_("Say what the picture shows, for those who do not see it."), code="alt_missing")
    encoded = encode(data)
    kept = [_keep(part) for part in (encoded.large, encoded.small)]
    try:
        with transaction.atomic():
            hold_telling(campaign)
            others = campaign.pictures.count()
            if others >= MOST_PICTURES:
                raise ValidationError(
                    _("There are %(most)d pictures already. Remove one first."),
                    code="too_many_pictures",
                    params={"most": MOST_PICTURES},
                )
            picture = Picture(
                campaign=campaign,
                large=kept[0],
                small=kept[1],
                width=encoded.width,
                height=encoded.height,
                small_width=encoded.small_width,
                alt=alt.strip(),
                is_cover=is_cover or not others,
                by=by,
                added_at=now,
            )
            if picture.is_cover:
                campaign.pictures.filter(is_cover=True).update(is_cover=False)
            picture.full_clean(validate_constraints=False)
            picture.save(force_insert=True)
    except BaseException:
        for name in kept:
            default_storage.delete(name)
        raise
    return picture


def put_on_top(picture: Picture) -> None:
    """The campaign's cover from now on. Raises ValidationError (`campaign_submitted`)."""
    with transaction.atomic():
        hold_telling(picture.campaign)
        Picture.objects.filter(campaign=picture.campaign_id, is_cover=True).update(is_cover=False)
        Picture.objects.filter(pk=picture.pk).update(is_cover=True)


def remove(picture: Picture) -> None:
    """Forget a picture and its files. Raises ValidationError (`campaign_submitted`)."""
    with transaction.atomic():
        hold_telling(picture.campaign)
        forget(picture)


def forget(picture: Picture) -> None:
    """Delete the row, and its files once that is certain."""
    names = (str(picture.large), str(picture.small))
    picture.delete()
    for name in names:
        transaction.on_commit(partial(default_storage.delete, name))


def hold_telling(campaign: Campaign) -> None:
    """Lock the campaign for a change of what it tells beside its terms: not while somebody reviews it.

    Raises ValidationError (`campaign_submitted`).
    """
    locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if locked.stage in (Campaign.Stage.IN_REVIEW, Campaign.Stage.APPROVED):
        raise ValidationError(
            _("It was sent to review as it is. Take it back to change it."), code="campaign_submitted"
        )


def _keep(data: bytes) -> str:
    return default_storage.save(f"pictures/{secrets.token_hex(16)}.webp", ContentFile(data))
