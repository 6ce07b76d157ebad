"""What tests share: models and networks that they make, a page to open, independent second opinions."""
