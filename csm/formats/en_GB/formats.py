"""Times as British readers write them, with their zone."""

DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "j M Y, H:i T"
