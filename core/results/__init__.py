"""What models came to on data: comparison, ranking, cross evaluation, slices, disagreement."""
