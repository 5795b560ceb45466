"""What a run may be told: the configuration file's content, checked."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import BaseModel, ByteSize, ConfigDict, Field, ValidationError

from stillwatch.errors import InvalidConfiguration


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Judgement(_Section):
    """How sure a verdict must be."""

    false_discovery_rate: float = Field(default=0.01, gt=0, lt=1)
    """Expected share of false ones among actionable campaigns."""


class Resources(_Section):
    """What the machine may be asked for."""

    threads: int | None = Field(default=None, ge=1, le=1024)
    """Worker threads; all processors when not set. Results don't depend on it."""

    memory: ByteSize | None = Field(default=None, le=1 << 60)
    """Bytes that the process may hold, also in words: "8GiB"; half of the machine's when not set."""


class Spark(_Section):
    """The cluster, for `--engine spark`. No setting changes a result."""

    master: str | None = None
    """Where it is, as in `spark-submit --master`; what Spark was told elsewhere when not set."""

    work: str | None = None
    """A folder or URI that the driver and all executors reach; a local folder when not set."""

    settings: dict[str, str] = Field(default_factory=dict)
    """Spark's own settings by name."""


class Settings(_Section):
    """A configuration file.

    exchanges, accounts  column maps: {our name: name or dotted path in the logs}
    format               name of the logs' format, when it shouldn't be detected
    key_file             file with the secret that names fingerprints
    """

    exchanges: dict[str, str] = Field(default_factory=dict)
    accounts: dict[str, str] = Field(default_factory=dict)
    format: str | None = None
    key_file: Path | None = None
    judgement: Judgement = Judgement()
    resources: Resources = Resources()
    spark: Spark = Spark()


def read_settings(path: Path | None) -> Settings:
    """The settings of a TOML file; the defaults when there is none.

    raises  InvalidConfiguration with the place and what would do
    """
    if path is None:
        return Settings()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidConfiguration(f"{path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidConfiguration(f"{path} is not TOML: {error}") from error
    try:
        return Settings.model_validate(content)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        known = ", ".join(Settings.model_fields)
        raise InvalidConfiguration(
            f"{path}: {wrong}", hint=f"Sections and keys that exist: {known}."
        ) from error


def with_memory(settings: Settings, memory: str | int | None) -> Settings:
    """The settings with another memory budget; unchanged for None.

    memory  bytes, or a size in words: "8GiB", "512MiB", "1.5 GB"
    raises  InvalidConfiguration when it is no size
    """
    if memory is None:
        return settings
    try:
        resources = Resources.model_validate({"threads": settings.resources.threads, "memory": memory})
    except ValidationError as error:
        raise InvalidConfiguration(
            f"--memory {memory!r} is no size.", hint="Write 8GiB, 512MiB or a number of bytes."
        ) from error
    return settings.model_copy(update={"resources": resources})
