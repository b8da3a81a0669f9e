"""Pages of promises and of the purse, one module a subject."""
