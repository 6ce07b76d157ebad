"""The verbs of `python -m core`, by what they are about. The only place, beside `core/__main__.py`, that prints."""
