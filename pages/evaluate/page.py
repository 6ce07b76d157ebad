"""Evaluate: one model in depth, on images of patients that it never saw."""

from pages.evaluate import evaluate_views
from pages.kit import guards, jobs, theme

theme.show_title("Evaluate", "How often a model is right on images that it never saw.")
jobs.show_jobs()

found = guards.require_model()
view = evaluate_views.input_view(found)
with guards.faults_as_messages():
    evaluate_views.show_view(view, found)
