"""Pictures that people added, served as what they were encoded to, and kept by browsers for ever: each has its own name."""

from __future__ import annotations

import re

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

_NAME = re.compile(r"[0-9a-f]{32}\.webp")


@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """One file of a picture. Raises Http404 for whatever is no picture of ours."""
    if not _NAME.fullmatch(name):
        raise Http404
    try:
        file = default_storage.open(f"pictures/{name}")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type="image/webp")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
