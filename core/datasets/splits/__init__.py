"""Train, validation and test: made, kept, and audited for what leaks."""
