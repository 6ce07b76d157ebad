"""The Explore page and its parts."""
