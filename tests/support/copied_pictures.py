"""Copies of a picture as people make them: saved again, resized, a little brighter, cropped, turned."""

import io

from PIL import Image, ImageEnhance, ImageFilter


def save_as_jpeg(picture: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def crop(picture: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    width, height = picture.size
    return picture.crop(
        (round(width * left), round(height * top), round(width * (1 - right)), round(height * (1 - bottom)))
    )


def resize(picture: Image.Image, factor: float) -> Image.Image:
    return picture.resize((round(picture.width * factor), round(picture.height * factor)), Image.Resampling.BICUBIC)


COPIES = {
    "jpeg 30": lambda picture: save_as_jpeg(picture, 30),
    "jpeg 95": lambda picture: save_as_jpeg(picture, 95),
    "half": lambda picture: resize(picture, 0.5),
    "double": lambda picture: resize(picture, 2),
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.15),
    "darker": lambda picture: ImageEnhance.Brightness(picture).enhance(0.85),
    "more contrast": lambda picture: ImageEnhance.Contrast(picture).enhance(1.15),
    "less contrast": lambda picture: ImageEnhance.Contrast(picture).enhance(0.85),
    "blurred": lambda picture: picture.filter(ImageFilter.GaussianBlur(1)),
    "cropped 1 %": lambda picture: crop(picture, 0.01, 0.01, 0.01, 0.01),
    "cropped 3 %": lambda picture: crop(picture, 0.03, 0.03, 0.03, 0.03),
    "cropped at a corner": lambda picture: crop(picture, 0.03, 0.03, 0, 0),
    "cropped at one edge": lambda picture: crop(picture, 0, 0, 0, 0.03),
}


TURNS = {
    "mirrored": lambda picture: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "upside down": lambda picture: picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    "by 90": lambda picture: picture.transpose(Image.Transpose.ROTATE_90),
    "by 180": lambda picture: picture.transpose(Image.Transpose.ROTATE_180),
    "by 270": lambda picture: picture.transpose(Image.Transpose.ROTATE_270),
    "transposed": lambda picture: picture.transpose(Image.Transpose.TRANSPOSE),
    "turned and cropped": lambda picture: crop(picture, 0.03, 0, 0, 0.02).transpose(Image.Transpose.ROTATE_90),
}
