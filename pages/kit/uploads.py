"""The one place that takes a file through the browser. Its limit holds on the server, not only in the browser."""

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.base import errors, files

MB = 2**20  # as Streamlit counts
IMAGE_TYPES = ["png", "jpg", "jpeg", "bmp", "tif", "tiff", "webp"]
MOST_IMAGE_MB = 50  # of one image to ask about


def input_file(label: str, types: Sequence[str], *, most_mb: int, key: str) -> UploadedFile | None:
    """A file of one of `types` (its name's ending), or None.

    most_mb : the browser refuses a larger one; whoever goes around the browser gets `UploadTooLarge` raised here,
    before anything has been read of the file. `server.maxUploadSize` is the bound of what the server takes at all.
    """
    file = st.file_uploader(label, type=list(types), max_upload_size=most_mb, key=key)
    if file is not None and file.size > most_mb * MB:
        raise errors.UploadTooLarge(
            expected=f"at most {most_mb:,} MB",
            found=files.describe_bytes(file.size),
            where=file.name,
            todo="Nothing of it was read. Use a smaller file.",
        )
    return file


def input_files(
    label: str, types: Sequence[str], *, most_mb: int, key: str, folder: bool = False
) -> list[UploadedFile]:
    """Any number of files of `types`, or a folder with all that is in it. most_mb : of all together."""
    most_one_mb = most_of_all_mb()
    if folder:
        found = st.file_uploader(label, list(types), "directory", key, max_upload_size=most_one_mb)
    else:
        found = st.file_uploader(label, list(types), True, key, max_upload_size=most_one_mb)
    size = sum(file.size for file in found)
    if size > most_mb * MB:
        raise errors.UploadTooLarge(
            expected=f"at most {most_mb:,} MB together",
            found=files.describe_bytes(size),
            where=f"{len(found):,} files",
            todo="Nothing of it was read. Name the folder by “This machine”, or ask in parts.",
        )
    return found


def most_of_all_mb() -> int:
    """What the server takes of any one file: `server.maxUploadSize` in .streamlit/config.toml."""
    return int(st.get_option("server.maxUploadSize"))
