"""The pages: a folder each, and `kit`, which they share."""
