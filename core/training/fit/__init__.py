"""The fit itself. Needs TensorFlow at import: only the worker may."""
