"""Data sets: brought in, indexed, looked through for copies, divided, looked at, examined."""
