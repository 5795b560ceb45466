"""Thin ways in: command line."""
