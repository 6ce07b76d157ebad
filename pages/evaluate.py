"""Evaluate: one model in depth, on images of patients that it never saw."""

from pages.ui import guards, judging, theme, work

theme.show_title(
    "Evaluate", "How often the model is right on images that it has never seen, and how sure that figure is."
)
work.show_jobs()

found = guards.require_model()
judging.show_header(found)
view = judging.input_view()
with guards.faults_as_messages():
    judging.show_view(view, found)
