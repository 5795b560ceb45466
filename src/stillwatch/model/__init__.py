"""Frozen nouns and the Arrow schema of every table that passes a door between rooms."""
