"""Findings to people: one self-contained HTML file and a terminal summary."""
