"""The steps that bring a review database from one version of its tables to the next (Alembic)."""
