"""One image in, an answer out: decision, examples, files."""
