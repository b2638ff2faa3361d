"""Pictures of articles and icons of publishers, made small and kept at our own address.

In: the feeds whose pages show pictures. Out: files in a folder of the output, and which are there.
Never does: delay an update, believe what a publisher sent, import Pillow before it is needed.
"""

from aggregator.pictures.options import PictureOptions
from aggregator.pictures.picture_folder import (
    FOLDER,
    PICTURE_NAME,
    PictureFolder,
    Wanted,
    folder_in,
    pictures_in,
)
from aggregator.pictures.wanted_pictures import wanted_pictures

__all__ = [
    "FOLDER",
    "PICTURE_NAME",
    "PictureFolder",
    "PictureOptions",
    "Wanted",
    "folder_in",
    "pictures_in",
    "wanted_pictures",
]
