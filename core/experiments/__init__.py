"""Series of trainings, and the answers to images that a model was not trained on."""
