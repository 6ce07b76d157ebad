"""Tests of the Predict page."""
