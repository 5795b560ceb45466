"""The shipped models, read once: capability and elicitation weights, and word vectors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from stillwatch.errors import InvalidConfiguration
from stillwatch.fingerprint.language import common_words
from stillwatch.model.fingerprints import CAPABILITIES, SEMANTIC_DIMENSIONS

if TYPE_CHECKING:
    from stillwatch.kernels.languages import CommonWords
    from stillwatch.kernels.lexical import LinearModel
    from stillwatch.kernels.meaning import WordVectors

_SHAPES: dict[str, dict[str, tuple[str, tuple[int, ...]]]] = {
    "capability.npz": {
        "weights": ("int8", (65536, 16)),
        "scale": ("float32", (16,)),
        "bias": ("float32", (16,)),
    },
    "semantic.npz": {"hashes": ("uint64", (-1,)), "vectors": ("int8", (-1, SEMANTIC_DIMENSIONS))},
}


@dataclass(frozen=True)
class Models:
    """Everything that fingerprinting looks up, in the shape that kernels take; read-only, to be shared."""

    linear: LinearModel
    vectors: WordVectors
    common: CommonWords
    version: str  # of the capability model and the word vectors


def build_models(
    weights: npt.NDArray[np.int8],
    scale: npt.NDArray[np.float32],
    bias: npt.NDArray[np.float32],
    hashes: npt.NDArray[np.uint64],
    vectors: npt.NDArray[np.int8],
    version: str,
) -> Models:
    """Models from their arrays.

    weights      (65536, 16) int8: columns 0..11 the capabilities in order, 12 elicitation, the others 0
    scale, bias  (16,) float32
    hashes       (n,) uint64 word hashes, ascending
    vectors      (n, 64) int8
    """
    from stillwatch.kernels.lexical import LinearModel
    from stillwatch.kernels.meaning import index_vectors

    weights = np.ascontiguousarray(weights)
    scale, bias = np.array(scale, np.float32), np.array(bias, np.float32)
    for table in (weights, scale, bias):
        table.flags.writeable = False
    linear = LinearModel(weights, scale, bias, np.int64(len(CAPABILITIES)))
    vectors_index = index_vectors(np.ascontiguousarray(hashes), np.ascontiguousarray(vectors))
    return Models(linear, vectors_index, common_words(), version)


@cache
def load_models() -> Models:
    """The models that come with the package; read and indexed once a process.

    raises  InvalidConfiguration when a file is missing from the installation or is not what it should be
    """
    capability, semantic = _read("capability.npz"), _read("semantic.npz")
    return build_models(
        capability["weights"],
        capability["scale"],
        capability["bias"],
        semantic["hashes"],
        semantic["vectors"],
        f"{capability['version']}+{semantic['version']}",
    )


def _read(name: str) -> dict[str, Any]:
    try:
        with (
            as_file(files("stillwatch.fingerprint") / "data" / name) as path,
            np.load(path, allow_pickle=False) as file,
        ):
            arrays = {key: file[key] for key in file.files}
    except (OSError, ValueError) as error:
        raise InvalidConfiguration(
            f"The model file {name} can't be read from the installed package: {error}.",
            hint="Install stillwatch again.",
        ) from error
    for key, (dtype, shape) in _SHAPES[name].items():
        array = arrays.get(key)
        fits = array is not None and array.dtype == dtype and array.ndim == len(shape)
        if (
            array is None
            or not fits
            or any(n not in (-1, m) for n, m in zip(shape, array.shape, strict=True))
        ):
            found = "nothing" if array is None else f"{array.dtype}{array.shape}"
            raise InvalidConfiguration(
                f"The model file {name} holds {found} as {key}; expected {dtype}{shape}.",
                hint="Install stillwatch again.",
            )
    arrays["version"] = str(arrays.get("version", "unknown"))
    return arrays
