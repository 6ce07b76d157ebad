"""What came in with a data set, in one line: for the page that it was asked from, and for the terminal."""

from core.datasets.index import index


def say_arrival(data: index.Index) -> str:
    """`cells: 1,234 images in 2 classes of 12 patients; 3 could not be read, 2 are twice`, as far as there are any."""
    found = index.describe(data)
    said = f"{data.name}: {_count(found['images'], 'image')} in {_count(len(data.class_names), 'class', 'es')}"
    if found["groups"]:
        said += f" of {_count(found['groups'], 'patient')}"
    unread = len(found["problems"])
    # A folder that lies in the archive a second time was counted once; single copies are images like the others.
    twice = int(found["facts"].get("copies_counted_once") or 0) + int(data.usable["sha256"].duplicated().sum())
    left_out = [f"{unread:,} could not be read"] if unread else []
    left_out += [f"{twice:,} {'is' if twice == 1 else 'are'} twice"] if twice else []
    return "; ".join([said, *filter(None, [", ".join(left_out)])])


def _count(number: int, what: str, plural: str = "s") -> str:
    return f"{number:,} {what}{plural if number != 1 else ''}"
