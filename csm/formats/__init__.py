"""How times are written in each language, for what Django itself shows, such as the admin."""
