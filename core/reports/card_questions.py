"""The questions of a model card, under the headings of Mitchell et al. 2019, "Model Cards for Model Reporting".

Each names the items of CLAIM and TRIPOD+AI that it belongs to.
"""

from dataclasses import dataclass

from core.reports import checklists

HEADINGS = (
    "Model details",
    "Intended use",
    "Factors",
    "Metrics",
    "Evaluation data",
    "Training data",
    "Quantitative analyses",
    "Ethical considerations",
    "Caveats and recommendations",
)


@dataclass(frozen=True)
class Question:
    """One thing that a card should say.

    key : its name in the manifest, where a person answers it. hint : what an answer would tell, for the empty box.
    """

    key: str
    heading: str
    words: str
    claim: tuple[int, ...] = ()
    tripod: tuple[str, ...] = ()
    hint: str = ""

    @property
    def source(self) -> str:
        """`CLAIM 19 (how data were assigned to partitions) · TRIPOD+AI 12a (how data were used)`."""
        lists = {
            "CLAIM": [f"{number} ({checklists.CLAIM[number]})" for number in self.claim],
            "TRIPOD+AI": [f"{number} ({checklists.TRIPOD[number]})" for number in self.tripod],
        }
        return " · ".join(f"{name} {', '.join(items)}" for name, items in lists.items() if items)


def _list_questions() -> tuple[Question, ...]:
    """In the order of the headings."""
    details, use, factors, metrics, evaluation, training, results, ethics, caveats = HEADINGS
    return (
        Question("what", details, "What it is", (1, 22), ("1", "12c")),
        Question("output", details, "What goes in, and what comes out", (22,), ("12b", "15")),
        Question("start", details, "What its parameters began with", (24,)),
        Question("software", details, "With which software it was made", (23,)),
        Question("running", details, "How its answers are computed, and which files it is", (27,), ("12g", "22")),
        Question(
            "maker", details, "Who made it, and who answers for it", hint="Names or an institution, and an address."
        ),
        Question("purpose", use, "What it is for", (41,)),
        Question(
            "users",
            use,
            "Who may use it, and what they must have learnt",
            (3, 41),
            ("3b", "27b"),
            "For whom it is meant, and with which training; who must not rely on it.",
        ),
        Question(
            "setting",
            use,
            "Where in care it stands",
            (3, 6),
            ("3a", "4"),
            "Which step it assists, what is done now without it, and what follows from its answer.",
        ),
        Question("misuse", use, "What it must not be used for", hint="Other stains, ages, organs, devices, questions."),
        Question(
            "bad-input",
            use,
            "What to do with poor or unsuitable images",
            (),
            ("27a",),
            "Who judges whether an image is good enough, and how.",
        ),
        Question(
            "people",
            factors,
            "Whose images they are",
            (36,),
            ("20b",),
            "Ages, sexes, regions, severity of the disease, other illnesses, as far as known.",
        ),
        Question(
            "places",
            factors,
            "Where and when the images were taken",
            (8,),
            ("5b", "6a", "6b"),
            "Hospitals, countries, years; who was included and who was not.",
        ),
        Question(
            "device",
            factors,
            "With what the images were taken",
            (13,),
            (),
            "Microscope or scanner, camera, stain, magnification, exposure.",
        ),
        Question("measures", metrics, "Which measures are given", (28,), ("12e",)),
        Question("uncertainty", metrics, "How sure the numbers are", (29,), ("12d",)),
        Question("threshold", metrics, "From which probability on it answers", (), ("15",)),
        Question("heatmaps", metrics, "How its answers are explained", (31,)),
        Question("test-images", evaluation, "What it was tested on", (32, 35), ("20a", "21")),
        Question("split", evaluation, "How the test images were set apart", (19, 20), ("12a",)),
        Question(
            "external",
            evaluation,
            "Was it tested on images from elsewhere?",
            (33,),
            ("16", "20c"),
            "Other hospitals, devices or countries, with the result; “no” is an answer too.",
        ),
        Question(
            "sample-size",
            evaluation,
            "Why as many test images as these",
            (21,),
            ("10",),
            "How precise the result had to be, and whether this number allows it.",
        ),
        Question("data", training, "Which images it learnt from", (10,), ("21",)),
        Question(
            "source",
            training,
            "Where these images come from",
            (7,),
            ("5a",),
            "The source, with a reference, and whether it stands for the people on whom the model is to be used.",
        ),
        Question("left-out", training, "What was left out", (12,), ("11",), "Unreadable, doubtful or double images."),
        Question("preparing", training, "How images are prepared", (9,), ("7", "12b")),
        Question(
            "labels",
            training,
            "Who said what each image shows, and how",
            (14, 15, 16, 17),
            ("8a", "8b", "8c"),
            "By eye or by another test; by whom, how experienced; knowing what about the patient.",
        ),
        Question(
            "raters",
            training,
            "How far those who labelled agree",
            (18,),
            (),
            "Kappa or per cent, how many images were read twice.",
        ),
        Question(
            "design",
            training,
            "Were the images collected for this purpose?",
            (5,),
            (),
            "Planned and then collected (prospective), or taken from what was there (retrospective).",
        ),
        Question("recipe", training, "How it was trained", (25,), ("12c",)),
        Question("choice", training, "How the final model was chosen", (26,)),
        Question("imbalance", training, "What was done about rare classes", (), ("13",)),
        Question("result", results, "How often it is right", (37, 38), ("23a",)),
        Question(
            "point",
            results,
            "Its result at the chosen operating point",
            (38,),
            ("15",),
            "No operating point is kept: choose one in the view “Threshold”, on validation images.",
        ),
        Question(
            "calibration",
            results,
            "What its probabilities are worth",
            (),
            ("12f", "24"),
            "No temperature is kept: fit one in the view “Trust”, or say why not.",
        ),
        Question(
            "referral",
            results,
            "When it passes a case to a person",
            (),
            (),
            "No limit is kept: choose one in the view “Trust”, or say why every case is answered.",
        ),
        Question("failures", results, "Where it fails", (39,), ("23b",)),
        Question(
            "gate",
            results,
            "Which images it does not answer",
            (),
            (),
            "It has no gate: it answers any image, whatever that shows.",
        ),
        Question(
            "robustness",
            results,
            "How it does on altered images",
            (30,),
            (),
            "Blur, other colours, other sizes: what was tried, and what came of it.",
        ),
        Question(
            "approval",
            ethics,
            "Ethics approval and consent",
            (),
            ("17",),
            "Which committee, which number; how patients consented, or why they need not.",
        ),
        Question(
            "privacy",
            ethics,
            "How the images were made anonymous",
            (11,),
            (),
            "What was removed, by whom, who checked.",
        ),
        Question(
            "fairness",
            ethics,
            "Whom it may serve worse than others",
            (),
            ("3c", "14"),
            "Known differences between groups of people, and what was done about them.",
        ),
        Question("funding", ethics, "Who paid, and whose interests are at stake", (44,), ("18a", "18b")),
        Question("public", ethics, "What part patients had in it", (), ("19",), "“None” is an answer too."),
        Question(
            "registration", ethics, "Protocol and registration", (34, 42), ("18c", "18d"), "Or that there is none."
        ),
        Question(
            "licence",
            ethics,
            "Under which terms the images may be used, and how to cite them",
            (43,),
            ("18e",),
            "The licence of the images, and the reference that it asks for.",
        ),
        Question(
            "sharing",
            ethics,
            "Who may have the model and its code",
            (43,),
            ("18f", "22"),
            "Where they can be had, and on which terms.",
        ),
        Question("limits", caveats, "What these numbers cannot tell", (40,), ("26",)),
        Question(
            "next", caveats, "What should be done before it is used", (41,), ("27c",), "Tests that are still missing."
        ),
    )


QUESTIONS = _list_questions()
