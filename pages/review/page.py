"""Review: people read cases, disagreements are settled, and the next model must earn its place."""

from pages.kit import guards, theme
from pages.review import review_views

theme.show_title("Review", "What people say of images, before and after the model, and what follows from it.")

guards.require_home()
view = review_views.input_view()
with guards.faults_as_messages():
    review_views.show_view(view)
