"""People, organisations and legal texts in the admin, one module a subject."""

from members.admin import legal, people

__all__ = ["legal", "people"]
