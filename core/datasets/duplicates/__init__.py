"""Images that are the same picture, or nearly: found by hashes, decided by pixels."""
