"""Public data sets that are worth having: where they come from, under which terms, and how they get here."""

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.base import errors, files, paths, progress
from core.datasets.index import index
from core.datasets.intake import downloading, importing, staging_area

LEARNT_FROM = "the first download; if the source has published a new version, remove data/catalogue.json"
# What no further try with the same archive can mend.
USELESS = (errors.BrokenArchive, errors.UnsafeArchive, errors.DatasetHasNoImages, errors.DatasetHasOneClass)


@dataclass(frozen=True)
class Entry:
    """One public data set. `size_bytes` is that of its .zip; `url` is None where fetching it needs a login."""

    key: str
    title: str
    what_for: str
    images: int
    size_bytes: int
    source_page: str
    url: str | None
    licence: str
    citation: str
    suggested_name: str
    sha256: str | None = None
    notes: str = ""


ENTRIES = (
    Entry(
        key="malaria",
        title="Malaria cells (NIH / NLM)",
        what_for="Red blood cells from thin smears, infected with malaria parasites or not, half and half. The patient "
        "stands in the file name, so a split can keep patients apart.",
        images=27_558,
        size_bytes=353_452_851,
        source_page="https://lhncbc.nlm.nih.gov/LHC-research/LHC-projects/image-processing/malaria-datasheet.html",
        url="https://data.lhncbc.nlm.nih.gov/public/Malaria/cell_images.zip",
        licence="We found no licence text for this very file. Its publisher, the U.S. National Library of Medicine, "
        "lets another malaria set of the same page be used and passed on with the credit “Courtesy of the U.S. "
        "National Library of Medicine”. Read the source page before you publish.",
        citation="Rajaraman et al. 2018, Pre-trained convolutional neural networks as feature extractors toward "
        "improved malaria parasite detection in thin blood smear images. PeerJ 6:e4568",
        suggested_name="malaria",
        notes="Some labels are known to be wrong.",
    ),
    Entry(
        key="chest-xray",
        title="Chest X-rays of children (Kermany)",
        what_for="Chest X-rays of children of one to five years, with pneumonia or without; 73 of 100 with. The person "
        "stands in the file name.",
        images=5_856,
        size_bytes=1_235_512_464,
        source_page="https://data.mendeley.com/datasets/rscbjbr9sj/2",
        url="https://data.mendeley.com/public-files/datasets/rscbjbr9sj/files/f12eaf6d-6023-432f-acc9-80c9d7393433/"
        "file_downloaded",
        licence="CC BY 4.0, as its page at Mendeley Data says.",
        citation="Kermany et al. 2018, Identifying Medical Diagnoses and Treatable Diseases by Image-Based Deep "
        "Learning. Cell 172:1122-1131; data doi:10.17632/rscbjbr9sj.2",
        suggested_name="chest-xray",
        notes="It comes with a train and a test folder. The copy at Kaggle (paultimothymooney/chest-xray-pneumonia, "
        "which needs a login) has a validation folder too, of 16 images: too few to tell 81 from 100 per cent.",
    ),
    Entry(
        key="cats-and-dogs",
        title="Cats and dogs (Microsoft / Kaggle)",
        what_for="Photographs of cats and dogs, half and half: for learning how networks see, on pictures that "
        "everybody can judge.",
        images=25_000,
        size_bytes=824_887_076,
        source_page="https://www.microsoft.com/en-us/download/details.aspx?id=54765",
        url="https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/"
        "kagglecatsanddogs_5340.zip",
        licence="A Microsoft Research licence agreement (MSR-LA), a document inside the .zip; read it before any use "
        "beyond study.",
        citation="Elson et al. 2007, Asirra: a CAPTCHA that exploits interest-aligned manual image categorization. "
        "14th ACM Conference on Computer and Communications Security",
        suggested_name="cats-and-dogs",
        sha256="b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
        notes="Two files are known to be damaged, Cat/666.jpg and Dog/11702.jpg; they are listed as unreadable.",
    ),
)


def find_entry(key: str) -> Entry:
    """The entry of this key; raises DatasetNotFound."""
    for entry in ENTRIES:
        if entry.key == key:
            return entry
    raise errors.DatasetNotFound(
        expected="one of " + ", ".join(entry.key for entry in ENTRIES),
        found=repr(key),
        where="the catalogue of public data sets",
        todo="Choose one of them.",
    )


def describe_by_hand(entry: Entry) -> str:
    """How to get the data set without this program's help."""
    return f"Get it yourself from {entry.source_page} and import the .zip."


def bytes_here(entry: Entry) -> int:
    """Bytes of its .zip that an earlier download left on this machine."""
    return downloading.bytes_here(_archive(entry))


def forget_download(entry: Entry) -> None:
    """Remove what an earlier download left, for the room it takes. Raises DownloadFailed while one is at work."""

    def refuse(done: int, total: int, what: str) -> None:
        raise errors.DownloadFailed(
            expected="a download at rest",
            found="one that is at work",
            where=entry.title,
            todo="Cancel it first, or wait for its end.",
        )

    with downloading.hold(_archive(entry).with_suffix(""), refuse):
        downloading.forget(_archive(entry))


def known_checksum(entry: Entry) -> str | None:
    """Hex sha256 that its .zip must have: the one given here, else the one learnt at the first download, else None."""
    learnt = _read_learnt().get(entry.key)
    fits = isinstance(learnt, dict) and learnt.get("url") == entry.url
    return entry.sha256 or (str(learnt["sha256"]) if fits and isinstance(learnt, dict) else None)


def learn_checksum(entry: Entry, sha256: str) -> None:
    """Remember the sha256 of a download, so that every later one of the same address must be the same file."""
    with downloading.hold(_learnt_path()):
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        row = {"url": entry.url, "sha256": sha256, "learnt_at": at}
        files.write_json(_learnt_path(), {**_read_learnt(), entry.key: row})


def fetch(key: str, name: str, *, report: progress.Report = progress.say_nothing) -> index.Index:
    """Download a public data set and import it as `name`.

    A download that breaks or is cancelled goes on from there next time. Where the import fails or is cancelled the
    archive is kept, so that it need not come again, unless the archive itself is the fault.
    The data set keeps source, licence and citation in its facts.
    Raises DatasetNotFound, NameNotUsable, NameTaken, DownloadFailed, DiskFull, progress.Cancelled, and what
    importing.import_dataset raises.
    """
    entry = find_entry(key)
    staging_area.require_free_name(name)
    archive = _archive(entry)
    with downloading.hold(archive.with_suffix(""), report):
        known = known_checksum(entry)
        sha256 = downloading.download(
            _require_url(entry),
            archive,
            expected_bytes=entry.size_bytes,
            sha256=known,
            sha256_from="the catalogue" if entry.sha256 else LEARNT_FROM,
            by_hand=describe_by_hand(entry),
            report=report,
        )
        try:
            built = importing.import_dataset(archive, name, facts=_collect_facts(entry, sha256), report=report)
        except USELESS:
            archive.unlink()
            raise
        finally:
            if known is None and archive.exists():
                learn_checksum(entry, sha256)
        archive.unlink()
    return built


def _require_url(entry: Entry) -> str:
    if entry.url:
        return entry.url
    raise errors.DownloadFailed(
        expected="an address from which it can be fetched without a login",
        found="none",
        where=entry.title,
        todo=describe_by_hand(entry),
    )


def _collect_facts(entry: Entry, sha256: str) -> dict[str, str]:
    """What a data set from the catalogue says of itself for as long as it is here."""
    return {
        "kind": "catalogue",
        "source": entry.title,
        "source_page": entry.source_page,
        "source_sha256": sha256,
        "licence": entry.licence,
        "citation": entry.citation,
    }


def _archive(entry: Entry) -> Path:
    return paths.uploads_folder() / "catalogue" / f"{entry.key}.zip"


def _learnt_path() -> Path:
    return paths.data_folder() / "catalogue.json"


def _read_learnt() -> dict[str, Any]:
    """What was learnt, by key. A damaged file is said, since a check that silently falls away is none."""
    path = _learnt_path()
    if not path.exists():
        return {}
    content = files.read_json_or_none(path)
    if isinstance(content, dict) and all(isinstance(row, dict) and "sha256" in row for row in content.values()):
        return content
    raise errors.DownloadFailed(
        expected="the checksums of earlier downloads",
        found="a damaged file",
        where=str(path),
        todo="Remove it; they are learnt anew at the next download.",
    )
