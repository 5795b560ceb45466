"""Stillwatch: detect, measure and evidence coordinated distillation of a model behind an API."""

from stillwatch._version import __version__

__all__ = ["__version__"]
