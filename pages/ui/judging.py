"""The Evaluate page's parts: a model's honest result, read from its package alone."""

import pandas as pd
import streamlit as st

from core.evaluation import words
from core.figures import confusion, curves
from core.models import package
from core.training import history
from pages.ui import cached, leaking, text, theme

METRICS = (("accuracy", words.say_percent), ("sensitivity", words.say_percent), ("specificity", words.say_percent))


def show_header(found: package.Package) -> None:
    """What it was trained on, how the images were divided, and the result in words."""
    manifest = found.manifest
    leaking.show_leak(manifest["split"])
    said = cached.as_text(words.say_result(manifest["test"], found.class_names, leaky=found.is_leaky))
    st.html(f'<p class="result">{said}</p>')
    images, groups = manifest["split"]["images"], manifest["split"]["groups"]
    patients = f" of {groups['train']:,} patients" if groups["train"] else ""
    st.caption(
        f"Trained on {images['train']:,} images{patients} of {text.plain(manifest['dataset']['name'])}; "
        f"split: {manifest['split']['rule']}. {images['validation']:,} validation images decided when to stop; "
        f"{images['test']:,} test images were scored once."
    )


def show_confusion(found: package.Package) -> None:
    """Truth against answer, on the test images."""
    st.subheader("Right and wrong", help=cached.explain("confusion matrix"))
    figure = confusion.figure_confusion(found.manifest["test"]["confusion"], found.class_names, theme.current())
    st.plotly_chart(figure, theme=None, key="confusion", config={"displaylogo": False})
    st.caption(f"Test images, n = {found.manifest['test']['n']:,}. {confusion.CAPTION}")


def show_metrics(found: package.Package) -> None:
    """Each figure with its n and its 95 % interval."""
    test = found.manifest["test"]
    rows = [
        {"": name.capitalize(), "Value (95 % interval)": say(test[name]), "n": test[name]["n"]} for name, say in METRICS
    ]
    rows.append({"": "AUC", "Value (95 % interval)": words.say_number(test["auc"]), "n": test["auc"]["n"]})
    st.subheader("On unseen images")
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    over = "patients (images of one patient hang together)" if test["interval"] == "patients" else "images"
    st.caption(
        f"Split: test, {words.say_sample(test)}. Intervals over {over}. "
        f"Sensitivity is about {text.plain(found.positive_class)}."
    )
    for term in ("accuracy", "sensitivity", "specificity", "auc"):
        st.caption(f"**{term.upper() if term == 'auc' else term.capitalize()}**: {cached.explain(term)}")


def show_history(found: package.Package) -> None:
    """How it learnt."""
    st.subheader("How it learnt")
    table = pd.read_csv(package.read_file(found, package.HISTORY_FILE))
    learnt = history.from_table(table)
    epochs = int(found.manifest["recipe"]["epochs"])
    figure = curves.figure_training_curves(learnt, metric="loss", epochs=epochs, theme=theme.current())
    st.plotly_chart(figure, theme=None, key="history", config={"displaylogo": False})
    st.caption(curves.CAPTION)


def show_recipe(found: package.Package) -> None:
    """How to train it again."""
    st.subheader("Recipe")
    st.code(found.manifest["command"], language="bash", wrap_lines=True)
    training = found.manifest["training"]
    st.caption(
        f"{found.manifest['parameters']:,} parameters. Best epoch {training['best_epoch']} of {training['epochs']}; "
        f"{training['seconds']:,.0f} s in {training['precision']}. "
        f"Data fingerprint {found.manifest['dataset']['fingerprint'][:12]}."
    )


def show_downloads(found: package.Package) -> None:
    """Everything behind these numbers."""
    predictions = cached.load_predictions(found)
    left, right = st.columns(2)
    left.download_button(
        "Predictions, CSV", cached.as_csv(predictions), f"{found.id}-predictions.csv", icon=":material/download:"
    )
    right.download_button(
        "Manifest, JSON", cached.as_json(found.manifest), f"{found.id}.json", icon=":material/download:"
    )
