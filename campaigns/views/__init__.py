"""Pages of campaigns, one module a subject."""
