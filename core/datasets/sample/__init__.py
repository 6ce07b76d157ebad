"""The drawn sample: invented cells of invented patients, whose parasites' places are known."""
