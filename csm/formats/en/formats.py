"""Times as American readers write them, with their zone."""

DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "N j, Y, H:i T"
