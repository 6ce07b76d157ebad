"""What is in a data set: files, classes, patients, pixels, and what people decided about images."""
