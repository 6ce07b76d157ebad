"""Networks: the registry of architectures, finished packages on disk, loading. TensorFlow is loaded lazily."""
