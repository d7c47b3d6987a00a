"""Sites that do what no site should, each with what becomes of it: see ``endpoints``."""
