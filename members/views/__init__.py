"""Pages about oneself, and about who runs this site."""
