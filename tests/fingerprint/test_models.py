from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest
from traffic import KEY, prompts

from stillwatch.errors import InvalidConfiguration
from stillwatch.fingerprint import fingerprint_batch, load_models, models

SHIPPED = (files("stillwatch.fingerprint") / "data" / "capability.npz").is_file()


@pytest.mark.skipif(not SHIPPED, reason="the models are not part of this checkout")
def test_shipped_models_tell_plain_cases() -> None:
    loaded = load_models()
    assert loaded is load_models()
    assert not loaded.linear.weights[:, 13:].any()
    assert (np.diff(loaded.vectors.hashes.astype(object)) >= 0).all()
    texts: list[str | None] = [
        "Write a Python function that parses a CSV file and returns a list of dictionaries. Fix the bug in the loop.",
        "Solve the equation x^2 - 5x + 6 = 0 and prove that both roots are integers.",
    ]
    found = fingerprint_batch(prompts(texts), KEY, loaded)["capability"].to_pylist()
    assert found == ["software_engineering", "reasoning_mathematics"]


def test_a_missing_or_wrong_model_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(models, "files", lambda _: tmp_path)
    with pytest.raises(InvalidConfiguration, match=r"capability\.npz can't be read"):
        models._read("capability.npz")
    np.savez(tmp_path / "data" / "capability.npz", weights=np.zeros((2, 2), np.int8))
    with pytest.raises(InvalidConfiguration, match=r"holds int8\(2, 2\) as weights"):
        models._read("capability.npz")
