"""What the program looks for by itself in data sets, curves and results: the list of checks, and which are muted."""
