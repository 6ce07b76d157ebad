"""Bringing images in: importing, index, groups (patients), splits, pixels, and the drawn sample."""
