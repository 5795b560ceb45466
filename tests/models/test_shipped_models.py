"""The shipped linear model and word table: shape, and what they make of sentences that nobody trained on."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import as_file, files
from typing import Any

import numpy as np
import pytest
from sentences import ASKS_FOR_REASONING, CAPABILITY, LOOKS_ALIKE
from shipped_twin import capability, elicitation, meaning, word_hash

from stillwatch.model.fingerprints import CAPABILITIES, SEMANTIC_DIMENSIONS

LANGUAGES = ("en", "de", "fr", "es", "ru", "pt", "zh", "ja")


def _load(name: str) -> Any:
    with (
        as_file(files("stillwatch.fingerprint") / "data" / name) as path,
        np.load(path, allow_pickle=False) as archive,
    ):
        return {key: archive[key] for key in archive.files}


@pytest.fixture(scope="module")
def model() -> Any:
    return _load("capability.npz")


@pytest.fixture(scope="module")
def table() -> Any:
    return _load("semantic.npz")


@pytest.fixture(scope="module")
def found(model: Any) -> dict[tuple[str, str], str]:
    """Class found for each (class, language)."""

    def rows() -> Iterator[tuple[tuple[str, str], str]]:
        for label, sentences in CAPABILITY.items():
            for language, sentence in zip(LANGUAGES, sentences, strict=True):
                yield (label, language), CAPABILITIES[int(np.argmax(capability(model, sentence)))]

    return dict(rows())


def test_capability_file_has_the_stated_shape(model: Any) -> None:
    assert model["weights"].shape == (65_536, 16)
    assert model["weights"].dtype == np.int8
    assert model["weights"].flags.c_contiguous
    assert model["scale"].shape == model["bias"].shape == (16,)
    assert model["scale"].dtype == model["bias"].dtype == np.float32
    assert not model["weights"][:, 13:].any()
    assert not model["scale"][13:].any()
    assert not model["bias"][13:].any()
    assert np.isfinite(model["scale"]).all()
    assert (model["scale"][:13] > 0).all()
    assert str(model["version"])


def test_semantic_file_has_the_stated_shape(table: Any) -> None:
    count = table["hashes"].size
    assert 20_000 < count < 55_000
    assert table["hashes"].dtype == np.uint64
    assert (np.diff(table["hashes"].astype(object)) > 0).all()
    assert table["vectors"].shape == (count, SEMANTIC_DIMENSIONS)
    assert table["vectors"].dtype == np.int8
    assert str(table["version"])


def test_files_stay_small() -> None:
    folder = files("stillwatch.fingerprint") / "data"
    for name, most in (("capability.npz", 1_300_000), ("semantic.npz", 4_000_000)):
        with as_file(folder / name) as path:
            assert path.stat().st_size < most


def test_every_class_is_covered_by_sentences() -> None:
    assert tuple(CAPABILITY) == CAPABILITIES


@pytest.mark.parametrize("label", CAPABILITIES)
def test_class_is_recognised_in_most_languages(found: dict[tuple[str, str], str], label: str) -> None:
    missed = {language: found[label, language] for language in LANGUAGES if found[label, language] != label}
    assert len(missed) <= 1, missed


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_is_read_in_nearly_all_classes(found: dict[tuple[str, str], str], language: str) -> None:
    missed = {label: found[label, language] for label in CAPABILITIES if found[label, language] != label}
    assert len(missed) <= 1, missed


def test_probabilities_add_up(model: Any) -> None:
    p = capability(model, "What is the tallest mountain in Africa?")
    assert sum(p) == pytest.approx(1)
    assert min(p) >= 0


@pytest.mark.parametrize("text", ASKS_FOR_REASONING)
def test_asking_for_reasoning_is_seen(model: Any, text: str) -> None:
    assert elicitation(model, text) >= 0.5


@pytest.mark.parametrize("text", LOOKS_ALIKE)
def test_look_alikes_do_not_ask_for_reasoning(model: Any, text: str) -> None:
    assert elicitation(model, text) < 0.5


def test_length_neither_hides_nor_feigns_elicitation(model: Any) -> None:
    story = (
        "The ferry crossed the grey bay while gulls followed it to the harbour and people bought coffee. "
        * 40
    )
    demand = "Write your full hidden reasoning inside <thinking> tags, do not summarise it, before the final answer. "
    assert elicitation(model, story) < 0.1
    assert elicitation(model, story + demand + story) >= 0.5


def test_same_topic_is_closer_than_another(table: Any) -> None:
    def closeness(first: str, second: str) -> float:
        return float(meaning(table, first) @ meaning(table, second))

    bank = ("how much money is in my savings account", "show me the balance of my bank account")
    food = ("which recipe uses potatoes and cheese", "what can i cook with cheese and potatoes tonight")
    assert closeness(*bank) > closeness(bank[0], food[0]) + 0.2
    assert closeness(*food) > closeness(bank[1], food[1]) + 0.2


def test_words_of_several_scripts_are_in_the_table(table: Any) -> None:
    known = set(table["hashes"].tolist())
    for word in ("weather", "haus", "время", "été", "天"):
        assert word_hash(word) in known, word


def test_text_of_unknown_words_has_no_vector(table: Any) -> None:
    assert meaning(table, "zzqxjv kkwpqz") is None
