"""The ranges of accounts that the link room left: exchanges are read a range at a time."""

from __future__ import annotations

from dataclasses import dataclass

from stillwatch.engines.plan import Engine


@dataclass(frozen=True, slots=True)
class Range:
    """Accounts from `first` to `last`, by id and by number, ends included."""

    number: int
    first: str
    last: str
    first_ix: int
    last_ix: int

    def within(self, column: str) -> str:
        """The condition that an account number lies in the range."""
        return f"{column} BETWEEN {self.first_ix} AND {self.last_ix}"

    def accounts(self, column: str) -> str:
        """The condition that an account id lies in the range."""
        low, high = (each.replace("'", "''") for each in (self.first, self.last))
        return f"{column} BETWEEN '{low}' AND '{high}'"


def ranges(engine: Engine) -> tuple[Range, ...]:
    """Reads RANGES."""
    rows = engine.to_arrow("ranges", "number").to_pylist()
    return tuple(Range(**row) for row in rows)
