"""What people look at again: the store of cases and of what happened to each, and what waits for review."""
