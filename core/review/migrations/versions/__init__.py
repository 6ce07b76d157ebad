"""One file a revision; each is written once and never edited after a release."""
