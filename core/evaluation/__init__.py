"""How good, from predictions alone: metrics and their intervals. Pure numpy; never loads TensorFlow."""
