"""Home through app.py."""
