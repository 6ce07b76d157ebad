"""One image in, probabilities out, with a finished model."""
