"""Names that a person can say."""

from __future__ import annotations

import hashlib

_FIRST = (
    "amber", "ashen", "autumn", "brass", "bright", "broad", "calm", "cedar", "chalk", "cobalt", "copper", "coral",
    "crimson", "distant", "dusty", "early", "ember", "faint", "fallow", "flint", "frosted", "gentle", "gilded",
    "granite", "grey", "hidden", "hollow", "indigo", "iron", "ivory", "jade", "late", "linen", "lunar", "maple",
    "marble", "misty", "mossy", "narrow", "northern", "ochre", "olive", "onyx", "opal", "pale", "paper", "pewter",
    "plain", "quiet", "rapid", "russet", "saffron", "sandy", "scarlet", "silent", "silver", "slate", "southern",
    "spruce", "steady", "tawny", "velvet", "western", "winter",
)  # fmt: skip
_SECOND = (
    "anchor", "arch", "badger", "barrel", "basin", "beacon", "bell", "bison", "bridge", "brook", "canal", "canyon",
    "carafe", "cask", "cliff", "coil", "condor", "copse", "crane", "creek", "delta", "dune", "falcon", "ferry",
    "finch", "flask", "fjord", "garnet", "gate", "glacier", "grove", "harbour", "heron", "hollow", "island", "kettle",
    "lagoon", "lantern", "ledge", "marten", "meadow", "mill", "otter", "pier", "plover", "quarry", "raven", "reef",
    "ridge", "river", "sable", "shoal", "spire", "stone", "summit", "terrace", "thicket", "tower", "vale", "vessel",
    "walnut", "weir", "willow", "wren",
)  # fmt: skip


def campaign_name(campaign_id: str) -> str:
    """Two words for a campaign id: the same id, the same words."""
    digest = hashlib.sha256(campaign_id.encode()).digest()
    return f"{_FIRST[digest[0] % 64]} {_SECOND[digest[1] % 64]}"
