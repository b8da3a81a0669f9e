"""How lists of the API are cut into pages."""

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """Newest first, by the primary key (a UUIDv7 begins with its time); no page shifts while one reads."""

    ordering = "-pk"
    page_size_query_param = "page_size"
    max_page_size = 200
