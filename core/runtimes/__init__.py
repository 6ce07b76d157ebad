"""How a network is run: the interface that all kinds share, the kinds, and which one opens a model."""
