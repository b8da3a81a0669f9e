"""Reading what programs send, of a size and a depth that can be read."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class BoundedJSONParser(JSONParser):
    """DRF's reads on whatever comes, and Python gives up on nesting with an error that DRF does not expect."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Raises ParseError, and RequestDataTooBig above DATA_UPLOAD_MAX_MEMORY_SIZE."""
        # Django's request, or what it has read already: it keeps the limit where it reads a body itself.
        body = stream.body if hasattr(stream, "body") else stream.read()
        try:
            return super().parse(io.BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error
