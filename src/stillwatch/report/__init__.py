"""Those → people: HTML with pictures and a terminal summary."""

from stillwatch.report.page import render_html
from stillwatch.report.terminal import render_terminal

__all__ = ["render_html", "render_terminal"]
