"""What people are asked to look at."""
