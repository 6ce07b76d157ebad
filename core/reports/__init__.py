"""What is handed on: the report and the model card."""
