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
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

from core.base import errors, memory

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Result = TypeVar("Result")

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")  # JPEG opens MPO too
MAX_PIXELS = 100_000_000
MAX_FILE_BYTES = 1_000_000_000  # MAX_PIXELS of four channels of 16 bits, uncompressed, and a fifth
TOO_LONG = "more than 1 GB, longer than any image of 100 megapixels"
HALVED_ABOVE_PIXELS = 25_000_000  # beyond what cameras give; a network sees a few hundred pixels a side
BAND_PIXELS = 2_000_000
BYTES_A_PIXEL = {"1": 1, "L": 1, "P": 1, "I": 4}  # as Pillow holds it while it decodes; 4 for all others
TURNS = {  # EXIF's Orientation -> what makes the image upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = {TURNS[number] for number in (5, 6, 7, 8)}
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
    16 bits a channel the higher 8; of more than HALVED_ABOVE_PIXELS at half its height and width.
    Raises UnreadableImage if it is none of these formats, damaged, more than MAX_PIXELS, animated, in floating point,
    or more than this machine's memory can take; MemoryBusy where too many others read large images.
    """
    return read_image(data, where=where)[0]


def read_image(data: bytes, *, where: str) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """`decode_image`, and the (width, height) of the file itself, turned upright."""
    return _read(data, where, to_array)  # the array, too, is made while its share of the budget is held


def to_array(picture: Image.Image) -> NDArray[np.uint8]:
    """The pixels of a Pillow image of mode RGB, uint8 (H, W, 3); a large one is not held a third time meanwhile."""
    import numpy as np  # noqa: PLC0415  (the children that read thousands of files start without it, in half the time)

    width, height = picture.size
    if width * height <= BAND_PIXELS:
        return np.array(picture, dtype=np.uint8)
    image_rgb = np.empty((height, width, 3), np.uint8)
    for top, bottom in _split_rows(picture.size, 1):
        image_rgb[top:bottom] = np.asarray(picture.crop((0, top, width, bottom)))
    return image_rgb


def resize_image(image_rgb: NDArray[np.uint8], height_px: int, width_px: int) -> NDArray[np.uint8]:
    """The one way from an image to the input of a network: bilinear with antialiasing, the aspect ratio squeezed.

    image_rgb : ndarray of shape (H, W, 3), uint8, RGB.
    Returns ndarray of shape (height_px, width_px, 3), uint8, RGB.
    """
    import numpy as np  # noqa: PLC0415  (see above)

    return np.array(resize_picture(Image.fromarray(image_rgb), height_px, width_px), dtype=np.uint8)


def decode_picture(data: bytes, *, where: str) -> Image.Image:
    """`decode_image`, but as a Pillow image of mode RGB, which saves a copy where it is resized next."""
    return read_picture(data, where=where)[0]


def read_picture(data: bytes, *, where: str) -> tuple[Image.Image, tuple[int, int]]:
    """`decode_picture`, and the (width, height) of the file itself, turned upright."""
    return _read(data, where, lambda picture: picture)


def _read(data: bytes, where: str, finish: Callable[[Image.Image], Result]) -> tuple[Result, tuple[int, int]]:
    """What `finish` makes of the picture, and the size of the file; all of it within the budget."""
    try:
        image = _open(data, where)
        size = image.size
        factor = 2 if size[0] * size[1] > HALVED_ABOVE_PIXELS else 1
        if factor > 1:
            image.draft(None, (size[0] // 2, size[1] // 2))
            factor = factor if image.size == size else 1  # a JPEG comes out of its decoder that small
        with memory.decoding().hold(_estimate_bytes(image, size), where):
            _load(image)
            size = size if image.format == "JPEG" else image.size  # a TIFF turns itself as it is loaded
            picture, turn = _to_small_rgb(image, factor, where), _find_turn(image)
            del image
            upright = picture if turn is None else picture.transpose(turn)
            return finish(upright), size[::-1] if turn in SIDEWAYS else size
    except DECODE_ERRORS as error:
        raise _unreadable(where, _describe(error, data)) from error


def _open(data: bytes, where: str) -> Image.Image:
    """The file opened, not yet decoded, after a look at everything that its head says."""
    declared = _declared_size(data)
    _require_size(declared, where)
    with contextlib.nullcontext() if _is_plain_png(data, declared) else _without_warnings():
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        _require_size(image.size, where)
        _require_one_frame(image, where)
    return image


def _estimate_bytes(image: Image.Image, size: tuple[int, int]) -> int:
    """About the most memory that turning the opened file into pixels takes, measured in tests/benchmarks.

    size : (width, height) of the file itself; `image` may come out of its decoder smaller.
    """
    whole, decoded = size[0] * size[1], image.size[0] * image.size[1]
    each = BYTES_A_PIXEL.get(image.mode.split(";")[0], 4)
    result = 8 * min(decoded, whole // 4 if whole > HALVED_ABOVE_PIXELS else whole)  # it, and it turned or as an array
    beside = 0
    if image.format == "WEBP":
        beside = 8 * whole  # its decoder's picture, and the bytes of it on their way
    elif "progressive" in image.info or "progression" in image.info:
        beside = 2 * len(image.getbands()) * whole  # all coefficients, 16 bits each, before the first pixel
    elif image.format == "TIFF" and image.info.get("compression", "raw") != "raw":
        beside = 4 * whole  # a strip may hold all of it
    return each * decoded + result + beside


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


def _find_turn(image: Image.Image) -> Image.Transpose | None:
    """How the loaded image must be turned, as its EXIF note says; one that cannot be parsed says nothing."""
    if not {"exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"} & image.info.keys():
        return None
    try:
        with _without_warnings():
            return TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except DECODE_ERRORS:
        return None


def _split_rows(size: tuple[int, int], step: int) -> Iterator[tuple[int, int]]:
    """(first, behind the last) row of bands of about BAND_PIXELS, each a multiple of `step` rows but the last."""
    width, height = size
    rows = max(step, BAND_PIXELS // width // step * step)
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


def _to_small_rgb(image: Image.Image, factor: int, where: str) -> Image.Image:
    """The pixels as mode RGB, of `factor` x `factor` the mean; a large image band by band, else it is held three times.

    Bands give the very pixels that the whole would: every step before the mean looks at one pixel alone.
    """
    width, height = image.size
    if factor == 1 and (width * height <= BAND_PIXELS or (image.mode == "RGB" and not image.has_transparency_data)):
        return _to_rgb(image, where)
    picture = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    for top, bottom in _split_rows(image.size, factor):
        band = _to_rgb(image.crop((0, top, width, bottom)), where)
        picture.paste(band if factor == 1 else band.reduce(factor), (0, top // factor))
    return picture


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
