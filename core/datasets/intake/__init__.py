"""How images come in: folders, archives, downloads; whole or not at all."""
