"""Decoding: every real format to the pixels that it means, and everything else to a message."""

import contextlib
import struct
import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image, ImageFile

from core.base import errors, memory
from core.datasets.index import decoding
from tests.support.encoded_images import COLOURS, empty_png, encode


def decode(data: bytes) -> NDArray[np.uint8]:
    return decoding.decode_image(data, where="test.png")


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))))
@settings(max_examples=40, deadline=None)
def test_png_comes_back_exactly(image_rgb: NDArray[np.uint8]) -> None:
    decoded = decode(encode(image_rgb))
    assert decoded.dtype == np.uint8 and decoded.flags.writeable
    np.testing.assert_array_equal(decoded, image_rgb)


@pytest.mark.parametrize("file_format", ["BMP", "TIFF", "PNG"])
@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_lossless_formats_and_modes(file_format: str, mode: str) -> None:
    image = Image.fromarray(COLOURS).convert(mode)
    np.testing.assert_array_equal(decode(encode(image, file_format)), np.asarray(image.convert("RGB")))


def test_webp_without_loss_and_jpeg_nearly() -> None:
    np.testing.assert_array_equal(decode(encode(COLOURS, "WEBP", lossless=True)), COLOURS)
    smooth = np.full((16, 16, 3), (200, 120, 40), np.uint8)
    assert np.abs(decode(encode(smooth, "JPEG")).astype(int) - smooth).max() <= 3


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparent_is_black_and_opaque_stays(mode: str) -> None:
    image = Image.fromarray(COLOURS).convert(mode)
    alpha = np.zeros((9, 13), np.uint8)
    alpha[:, 6:] = 255
    image.putalpha(Image.fromarray(alpha))
    decoded = decode(encode(image))
    assert not decoded[:, :6].any()
    np.testing.assert_array_equal(
        decoded[:, 6:], np.asarray(Image.fromarray(COLOURS).convert(mode[:-1]).convert("RGB"))[:, 6:]
    )


def test_half_transparent_is_half_as_bright() -> None:
    image = np.full((2, 2, 4), (200, 100, 50, 128), np.uint8)
    assert np.abs(decode(encode(image))[0, 0].astype(int) - (100, 50, 25)).max() <= 1


def test_palette_with_transparency() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((1, 0), 1)
    assert decode(encode(image, transparency=0)).tolist() == [[[0, 0, 0], [200, 100, 50]]]


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_its_high_byte(file_format: str) -> None:
    grey = np.array([[0, 255, 256, 32768, 65535]], np.uint16)
    assert decode(encode(grey, file_format))[0, :, 0].tolist() == [0, 0, 1, 128, 255]


def test_32_bit_grey_within_16_bits_is_read_and_beyond_refused() -> None:
    assert decode(encode(np.array([[0, 65535]], np.int32), "TIFF"))[0, :, 2].tolist() == [0, 255]
    for values in ([[0, 65536]], [[-1, 5]]):
        with pytest.raises(errors.UnreadableImage, match="samples from"):
            decode(encode(np.array(values, np.int32), "TIFF"))


def test_floating_point_is_refused_in_words() -> None:
    with pytest.raises(errors.UnreadableImage, match="floating-point"):
        decode(encode(np.ones((2, 2), np.float32), "TIFF"))


def test_cmyk_ycbcr_and_lab() -> None:
    red = Image.new("RGB", (16, 16), (220, 30, 40))
    cmyk = decode(encode(red.convert("CMYK"), "JPEG", quality=95))
    assert np.abs(cmyk.astype(int) - (220, 30, 40)).max() <= 6
    assert np.abs(decode(encode(red.convert("YCbCr"), "TIFF")).astype(int) - (220, 30, 40)).max() <= 3
    lab = Image.new("LAB", (4, 4), (136, 208, 195))  # L 53, a 80, b 67: about pure red
    assert np.abs(decode(encode(lab, "TIFF")).astype(int) - (255, 0, 0)).max() <= 12


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "WEBP"])
def test_exif_turns_the_image_upright(orientation: int, file_format: str) -> None:
    note = Image.Exif()
    note[0x0112] = orientation
    options = {"lossless": True} if file_format == "WEBP" else {}
    upright = {
        1: COLOURS,
        2: COLOURS[:, ::-1],
        3: COLOURS[::-1, ::-1],
        4: COLOURS[::-1],
        5: COLOURS.transpose(1, 0, 2),
        6: np.rot90(COLOURS, -1),
        7: COLOURS[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(COLOURS),
    }
    np.testing.assert_array_equal(decode(encode(COLOURS, file_format, exif=note, **options)), upright[orientation])


def test_exif_of_a_jpeg_and_a_broken_note() -> None:
    note = Image.Exif()
    note[0x0112] = 6
    turned = encode(np.zeros((10, 20, 3), np.uint8), "JPEG", exif=note)
    assert decode(turned).shape == (20, 10, 3)
    assert decode(turned.replace(b"II*\0", b"IIxx").replace(b"MM\0*", b"MMxx")).shape == (10, 20, 3)


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF"])
def test_several_frames_are_refused_with_their_number(file_format: str) -> None:
    frames = [Image.new("RGB", (8, 8), (number * 20, 0, 0)) for number in range(12)]
    data = encode(frames[0], file_format, save_all=True, append_images=frames[1:])
    with pytest.raises(errors.UnreadableImage, match="expected one image; found 12 frames"):
        decode(data)


def test_a_jpeg_of_several_pictures_shows_its_first() -> None:
    first, second = Image.new("RGB", (16, 8), (250, 0, 0)), Image.new("RGB", (4, 4))
    assert decode(encode(first, "MPO", save_all=True, append_images=[second])).shape == (8, 16, 3)


def test_one_pixel() -> None:
    assert decode(encode(np.full((1, 1, 3), 7, np.uint8))).tolist() == [[[7, 7, 7]]]


def test_a_suffix_that_lies_does_not_matter() -> None:
    assert decoding.decode_image(encode(COLOURS, "JPEG"), where="photo.png").shape == (9, 13, 3)


@pytest.mark.parametrize("side", [20_000, 11_000])
def test_pixel_bomb_is_refused_at_once_and_without_room_for_it(side: int) -> None:
    bomb = empty_png(side, side)
    assert len(bomb) < 100_000
    tracemalloc.start()
    with pytest.raises(errors.UnreadableImage, match=f"{side:,} x {side:,} pixels"):
        decode(bomb)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_pixel_bombs_of_other_formats() -> None:
    webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0e\0\0\0/" + struct.pack("<I", 16382 | 16382 << 14) + bytes(20)
    with pytest.raises(errors.UnreadableImage, match="16,383 x 16,383"):
        decode(webp)
    bmp = bytearray(encode(COLOURS, "BMP"))
    bmp[18:26] = struct.pack("<ii", 20_000, 20_000)
    with pytest.raises(errors.UnreadableImage, match="400,000,000 pixels"):
        decode(bytes(bmp))


@pytest.mark.parametrize(
    "data", [b"", b"hello, this is text", b"GIF89a" + bytes(40), b"<svg></svg>", b"%PDF-1.4", b"PK\3\4"]
)
def test_what_is_no_image_of_these_formats(data: bytes) -> None:
    with pytest.raises(errors.UnreadableImage, match="PNG, JPEG, BMP, TIFF or WebP"):
        decode(data)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "BMP", "TIFF", "WEBP"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_truncated_files_are_found(file_format: str, share: float) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    data = encode(noise, file_format)
    with pytest.raises(errors.UnreadableImage):
        decode(data[: int(len(data) * share)])
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


@given(st.sampled_from(["PNG", "JPEG", "BMP", "TIFF", "WEBP"]), st.data())
@settings(max_examples=120, deadline=None)
def test_altered_files_are_images_or_a_message(file_format: str, data: st.DataObject) -> None:
    altered = bytearray(encode(COLOURS, file_format))
    for _ in range(data.draw(st.integers(1, 6))):
        altered[data.draw(st.integers(0, min(len(altered), 300) - 1))] = data.draw(st.integers(0, 255))
    try:
        decoded = decode(bytes(altered))
    except errors.UnreadableImage:
        return
    assert decoded.ndim == 3 and decoded.shape[2] == 3


def test_warnings_stay_unheard_and_filters_as_they_were() -> None:
    odd = bytearray(encode(COLOURS, "TIFF"))
    odd[-4:] = b"\1\2\3\4"
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        before = list(warnings.filters)
        for data in (bytes(odd), encode(COLOURS, "TIFF")[:-30], encode(COLOURS, "JPEG"), b"II*\0\x08\0\0\0\xff\xff"):
            with contextlib.suppress(errors.UnreadableImage):
                decode(data)
        assert warnings.filters == before
    assert not heard


def test_resize_is_pillows_bilinear_and_squeezes() -> None:
    expected = Image.fromarray(COLOURS).resize((5, 4), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(decoding.resize_image(COLOURS, 4, 5), np.asarray(expected))
    np.testing.assert_array_equal(decoding.resize_image(COLOURS, 9, 13), COLOURS)


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 255))
@settings(max_examples=25, deadline=None)
def test_resize_keeps_one_colour(height_px: int, width_px: int, value: int) -> None:
    resized = decoding.resize_image(np.full((7, 11, 3), value, np.uint8), height_px, width_px)
    assert resized.shape == (height_px, width_px, 3) and resized.dtype == np.uint8
    assert (resized == value).all()


LARGE = np.random.default_rng(2).integers(0, 256, (61, 47, 3), dtype=np.uint8)


def in_every_mode() -> dict[str, bytes]:
    """The same picture as files of every kind of samples."""
    image = Image.fromarray(LARGE)
    alpha = Image.fromarray(LARGE[..., 1])
    transparent = image.convert("RGBA")
    transparent.putalpha(alpha)
    grey_and_alpha = image.convert("LA")
    grey_and_alpha.putalpha(alpha)
    palette = image.convert("P")
    sixteen = LARGE[..., 0].astype(np.uint16) << 8 | LARGE[..., 1]
    return {
        "RGB": encode(image),
        "RGBA": encode(transparent),
        "LA": encode(grey_and_alpha),
        "P": encode(palette),
        "P, one colour transparent": encode(palette, transparency=3),
        "RGB, one colour transparent": encode(image, transparency=tuple(LARGE[3, 3].tolist())),
        "1": encode(image.convert("1")),
        "I;16": encode(sixteen),
        "I": encode(sixteen.astype(np.int32), "TIFF"),
        "CMYK": encode(image.convert("CMYK"), "TIFF"),
        "LAB": encode(Image.merge("LAB", image.split()), "TIFF"),
        "lzw": encode(image, "TIFF", compression="tiff_lzw"),
        "WEBP": encode(transparent, "WEBP", lossless=True, exact=True),
    }


@pytest.mark.parametrize("mode", sorted(in_every_mode()))
def test_bands_give_the_pixels_of_the_whole(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = in_every_mode()[mode]
    whole = decode(data)
    monkeypatch.setattr(decoding, "BAND_PIXELS", 200)
    np.testing.assert_array_equal(decode(data), whole)
    monkeypatch.setattr(decoding, "HALVED_ABOVE_PIXELS", 1000)
    halved = np.asarray(Image.fromarray(whole).reduce(2))
    np.testing.assert_array_equal(decode(data), halved)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_huge_image_is_halved_and_says_its_own_size(
    orientation: int, file_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = Image.Exif()
    note[0x0112] = orientation
    smooth = Image.fromarray(LARGE[:4, :3]).resize((81, 123), Image.Resampling.BICUBIC)
    data = encode(smooth, file_format, exif=note)
    upright = decode(data)
    monkeypatch.setattr(decoding, "HALVED_ABOVE_PIXELS", 1000)
    picture, size = decoding.read_picture(data, where="x")
    assert size == (upright.shape[1], upright.shape[0]) == ((123, 81) if orientation >= 5 else (81, 123))
    assert picture.size == tuple(-(-side // 2) for side in size)
    expected = np.asarray(Image.fromarray(upright).resize(picture.size, Image.Resampling.BOX)).astype(int)
    assert np.abs(np.asarray(picture).astype(int) - expected).mean() < 12


def test_a_halved_image_gives_a_network_nearly_what_the_whole_does(monkeypatch: pytest.MonkeyPatch) -> None:
    fine = Image.fromarray(LARGE).resize((900, 700), Image.Resampling.BICUBIC)
    for file_format in ("PNG", "JPEG"):
        data = encode(fine, file_format)
        whole = decoding.resize_image(decode(data), 64, 64).astype(int)
        with monkeypatch.context() as patched:
            patched.setattr(decoding, "HALVED_ABOVE_PIXELS", 1000)
            halved = decoding.resize_image(decode(data), 64, 64).astype(int)
        assert np.abs(halved - whole).max() <= 3


def test_what_a_huge_image_takes_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_budgets", {})
    memory.use(memory.Budget(200_000_000))
    with pytest.raises(errors.UnreadableImage, match="of memory to read"):
        decode(empty_png(10_000, 10_000))
    memory.use(memory.Budget(310_000_000))
    assert decode(empty_png(10_000, 10_000)).shape == (5000, 5000, 3)
