"""What can be seen in images: sizes, colours, averages, filters, the map."""
