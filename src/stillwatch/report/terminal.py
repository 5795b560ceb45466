"""The terminal's summary."""
from stillwatch.model.result import Findings


def render_terminal(findings: Findings) -> object:
    """To be."""
    return findings
