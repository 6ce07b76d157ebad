"""The networks, each with what there is to say of it; a new one is picked up by the registry."""
