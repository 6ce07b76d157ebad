"""Is this the kind of image that a model knows?"""
