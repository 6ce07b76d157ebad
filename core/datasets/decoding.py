"""From the bytes of an image file to pixels: the one way, for training and for prediction alike.

Colour profiles are not applied: two files with the same samples give the same pixels on every machine.
"""

from __future__ import annotations

import contextlib
import io
import re
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from core import errors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")  # JPEG opens MPO too
MAX_PIXELS = 100_000_000
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

# What Pillow raises on bytes that are damaged or hostile, found by feeding it thousands of altered files.
DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    ImageCms.PyCMSError,
)
_WARNING_FILTERS = threading.Lock()


def decode_image(data: bytes, *, where: str) -> NDArray[np.uint8]:
    """The pixels of one image file.

    data : the bytes of a PNG, JPEG, BMP, TIFF or WebP file, told by content, whatever its name says.
    where : what the message calls the file.
    Returns ndarray of shape (H, W, 3), uint8, RGB: turned upright by its EXIF note; transparent parts on black; of
    16 bits a channel the higher 8.
    Raises UnreadableImage if it is none of these formats, damaged, more than MAX_PIXELS, animated or in floating point.
    """
    import numpy as np  # noqa: PLC0415  (the children that read thousands of files start without it, in half the time)

    return np.array(decode_picture(data, where=where), dtype=np.uint8)


def resize_image(image_rgb: NDArray[np.uint8], height_px: int, width_px: int) -> NDArray[np.uint8]:
    """The one way from an image to the input of a network: bilinear with antialiasing, the aspect ratio squeezed.

    image_rgb : ndarray of shape (H, W, 3), uint8, RGB.
    Returns ndarray of shape (height_px, width_px, 3), uint8, RGB.
    """
    import numpy as np  # noqa: PLC0415  (see above)

    return np.array(resize_picture(Image.fromarray(image_rgb), height_px, width_px), dtype=np.uint8)


def decode_picture(data: bytes, *, where: str) -> Image.Image:
    """`decode_image`, but as a Pillow image of mode RGB, which saves a copy where it is resized next."""
    try:
        declared = _declared_size(data)
        _require_size(declared, where)
        with contextlib.nullcontext() if _is_plain_png(data, declared) else _without_warnings():
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            _require_size(image.size, where)
            _require_one_frame(image, where)
        _load(image)
        return _to_rgb(_turn_upright(image), where)
    except DECODE_ERRORS as error:
        raise _unreadable(where, _describe(error, data)) from error


def resize_picture(image: Image.Image, height_px: int, width_px: int) -> Image.Image:
    """`resize_image` of a Pillow image of mode RGB."""
    if image.size == (width_px, height_px):
        return image
    return image.resize((width_px, height_px), Image.Resampling.BILINEAR)


def _declared_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in the header of a PNG or WebP file; Pillow makes room for a WebP before it tells them."""
    if data[:8] == PNG_SIGNATURE and data[12:16] == b"IHDR" and len(data) >= 24:
        return struct.unpack(">II", data[16:24])
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < 30:
        return None
    if data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF


def _is_plain_png(data: bytes, declared: tuple[int, int] | None) -> bool:
    """Whether Pillow cannot warn of these bytes, which spares most images of a large set the wait for the lock."""
    if declared is None or data[:8] != PNG_SIGNATURE or b"acTL" in data:
        return False
    return declared[0] * declared[1] <= (Image.MAX_IMAGE_PIXELS or 0)


def _require_size(size: tuple[int, int] | None, where: str) -> None:
    if size is not None and size[0] * size[1] > MAX_PIXELS:
        raise _too_large(f"{size[0]:,} x {size[1]:,} pixels", where)


def _require_one_frame(image: Image.Image, where: str) -> None:
    """A JPEG with further pictures in it (MPO: depth maps, previews) shows its first one everywhere, so it may."""
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":
        raise errors.UnreadableImage(
            expected="one image",
            found=f"{frames} frames",
            where=where,
            todo="Save the frame that matters as a PNG file.",
        )


def _load(image: Image.Image) -> None:
    """Decode all of it. TIFF alone parses metadata in doing so, and warns; the others need not wait for the lock."""
    with _without_warnings() if image.format == "TIFF" else contextlib.nullcontext():
        image.load()


@contextlib.contextmanager
def _without_warnings() -> Iterator[None]:
    """Pillow's warnings unheard; the lock keeps two threads from putting back each other's filters."""
    with _WARNING_FILTERS, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="PIL")
        yield


def _turn_upright(image: Image.Image) -> Image.Image:
    """The image turned as its EXIF note says. A note that cannot be parsed says nothing, as in every viewer."""
    if not {"exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"} & image.info.keys():
        return image
    try:
        with _without_warnings():
            return ImageOps.exif_transpose(image)
    except DECODE_ERRORS:
        return image


def _to_rgb(image: Image.Image, where: str) -> Image.Image:
    """The pixels of an image of any mode that a file can have, as mode RGB."""
    if image.mode.startswith("I"):
        return _high_byte(image, where).convert("RGB")
    if image.mode == "F":
        raise _unusual("floating-point samples", where)
    if image.mode == "LAB":
        return _lab_to_rgb(image)
    if image.mode == "La":
        image = image.convert("LA")
    if image.has_transparency_data:
        return _on_black(image.convert("RGBA"))
    return image if image.mode == "RGB" else image.convert("RGB")


def _high_byte(image: Image.Image, where: str) -> Image.Image:
    """Grey of 16 bits as 8: the higher byte, which is what Pillow itself does for colour of 16 bits."""
    import numpy as np  # noqa: PLC0415  (see above)

    grey = np.asarray(image)  # (H, W)
    if grey.min() < 0 or grey.max() > 65535:
        raise _unusual(f"samples from {grey.min()} to {grey.max()}", where)
    eight = (grey >> 8).astype(np.uint8)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        eight[grey == transparent] = 0
    return Image.fromarray(eight)


def _on_black(image: Image.Image) -> Image.Image:
    """An RGBA image over black."""
    black = Image.new("RGB", image.size)
    black.paste(image, mask=image.getchannel("A"))
    return black


def _lab_to_rgb(image: Image.Image) -> Image.Image:
    lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, lab, rgb, outputMode="RGB")
    if converted is None:
        raise ValueError("the LAB colours could not be converted")
    return converted


def _describe(error: BaseException, data: bytes) -> str:
    """What was found, in words, for the message."""
    if isinstance(error, Image.DecompressionBombError):
        pixels = re.search(r"\d+", str(error))
        return f"{int(pixels[0]):,} pixels, more than {MAX_PIXELS:,}" if pixels else "a picture that is far too large"
    if not data:
        return "an empty file"
    if isinstance(error, UnidentifiedImageError):
        return "something else than an image of these formats, or a damaged one"
    if isinstance(error, MemoryError):
        return "a picture that does not fit into memory"
    return f"damaged data: {str(error).strip() or type(error).__name__}"


def _too_large(found: str, where: str) -> errors.UnreadableImage:
    todo = "Save a smaller version; networks look at a few hundred pixels a side."
    return errors.UnreadableImage(expected=f"at most {MAX_PIXELS:,} pixels", found=found, where=where, todo=todo)


def _unusual(found: str, where: str) -> errors.UnreadableImage:
    todo = "Save it as PNG with 8 or 16 bits a channel, scaled as you want it seen."
    return errors.UnreadableImage(expected="whole-number samples of 0 to 65535", found=found, where=where, todo=todo)


def _unreadable(where: str, found: str) -> errors.UnreadableImage:
    todo = "Open it in an image program and save it again, or leave it out."
    return errors.UnreadableImage(expected="a PNG, JPEG, BMP, TIFF or WebP image", found=found, where=where, todo=todo)
