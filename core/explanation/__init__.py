"""Why: heatmaps of the evidence, and their overlay on the image."""
