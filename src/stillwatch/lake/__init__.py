"""FINGERPRINTS kept by day: what is needed to judge again, and nothing that can be turned back into a prompt."""

from stillwatch.lake.files import DayPart, write_day
from stillwatch.lake.layout import Layout, day_of, is_lake
from stillwatch.lake.locks import reading
from stillwatch.lake.manifest import Manifest, read_manifest
from stillwatch.lake.store import Change, Writer, writing

__all__ = [
    "Change",
    "DayPart",
    "Layout",
    "Manifest",
    "Writer",
    "day_of",
    "is_lake",
    "read_manifest",
    "reading",
    "write_day",
    "writing",
]
