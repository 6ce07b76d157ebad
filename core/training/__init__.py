"""One training: what was asked (recipe), what is on disk (run), who is next (queue), and the fit."""
