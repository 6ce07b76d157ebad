"""What runs in the background: the training worker, imports and examinations, publishing, the overview."""
