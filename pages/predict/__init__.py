"""The Predict page and its parts."""
