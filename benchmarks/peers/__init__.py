"""What others use against coordinated abuse, run on the same traffic and judged by the same rules as Stillwatch.

Each peer is a file with `COLUMNS` (of the exchanges, so that its memory is its own), `measure` (the dear part, once
a setting), `name` (cheap: from the measurement to named groups of accounts) and `GRID` (the settings to try).
"""
