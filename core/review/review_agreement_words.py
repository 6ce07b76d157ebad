"""What agreement comes to, in words and rows of a table."""

import pandas as pd

from core.review import review_agreement
from core.statistics import estimate, reader_agreement, reading_bias

FEW = 20  # cases, below which a share is next to nothing
KAPPA = estimate.Form(digits=2)


def say_headline(result: review_agreement.Result) -> str:
    """The answer in one line: readers with each other where two read, else with the model."""
    of = "audit cases" if result.audit else "cases"
    how = "read blind" if result.blind else "read with the model's answer in view"
    if result.readers.n:
        return f"Two readers agree on {_say_share(result.readers)} of {result.readers.n:,} {of} {how}"
    if result.with_model:
        pair = result.with_model[0]
        return f"Readers and model agree on {_say_share(pair.agreed)} of {pair.agreed.n:,} {of} {how}"
    return f"No {of} to compare yet"


def name_pair(pair: review_agreement.Pair) -> str:
    """Both of them."""
    return f"{pair.first or 'All readers'} and {pair.second}"


def tabulate_pairs(result: review_agreement.Result) -> pd.DataFrame:
    """A row a pair: raw agreement, kappa and the cases they both answered."""
    rows = [
        {
            "Who": name_pair(pair),
            "Agree": pair.agreed.raw.say(estimate.PER_CENT),
            "Kappa": pair.agreed.kappa.say(KAPPA),
            "Compared (n)": pair.agreed.n,
        }
        for pair in (*result.pairs, *result.with_model)
    ]
    return pd.DataFrame(rows, columns=["Who", "Agree", "Kappa", "Compared (n)"])


def tabulate_classes(agreed: reader_agreement.Agreement) -> pd.DataFrame:
    """A row an answer that anybody gave: of those who say so, how often the other says it too."""
    rows = [
        {"Answer": name, "The other says so too": share.say(estimate.PER_CENT), "Cases (n)": share.n}
        for name, share in agreed.on.items()
        if share.n
    ]
    return pd.DataFrame(rows, columns=["Answer", "The other says so too", "Cases (n)"])


def tabulate_bias(bias: reading_bias.Bias) -> pd.DataFrame:
    """What the second look changed, with the model's answer and without it."""
    rows = {
        "Changed to right": ("to_right_share", bias.more_to_right),
        "Changed to wrong": ("to_wrong_share", bias.more_to_wrong),
        "Over-reliance": ("over_reliance", bias.more_over_reliance),
        "Under-reliance": ("under_reliance", bias.more_under_reliance),
    }
    table = [
        {
            "What": title,
            "Model shown": _say_with_n(getattr(bias.shown, name)),
            "Not shown": _say_with_n(getattr(bias.hidden, name)),
            "Difference": more.say(estimate.POINTS),
        }
        for title, (name, more) in rows.items()
    ]
    return pd.DataFrame(table)


def _say_share(agreed: reader_agreement.Agreement) -> str:
    return agreed.raw.say(estimate.PER_CENT)


def _say_with_n(share: estimate.Estimate) -> str:
    return f"{share.say(estimate.PER_CENT)}, n = {share.n:,}" if share.n else "none"
