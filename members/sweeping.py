"""Working through what a sweep found: one record that fails is logged and never stops the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import connection

logger = logging.getLogger(__name__)

Subject = TypeVar("Subject")


def each(verb: Callable[[Subject], object], subjects: Iterable[Subject]) -> None:
    """Call `verb` for each subject, whatever became of those before."""
    for subject in subjects:
        try:
            verb(subject)
        except Exception:
            logger.exception("A sweep failed for %s", subject)
            # Whoever comes next must not inherit a connection that the server has closed.
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
