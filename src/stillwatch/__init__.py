"""Stillwatch: detect, measure and evidence coordinated distillation of a model behind an API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stillwatch._version import __version__

if TYPE_CHECKING:
    from stillwatch.app import scan
    from stillwatch.model.result import Findings

__all__ = ["Findings", "__version__", "scan"]


def __getattr__(name: str) -> Any:
    # Engines and kernels load when they are first used: `import stillwatch` stays cheap.
    if name == "scan":
        from stillwatch.app import scan

        return scan
    if name == "Findings":
        from stillwatch.model.result import Findings

        return Findings
    raise AttributeError(f"module 'stillwatch' has no attribute {name!r}")
