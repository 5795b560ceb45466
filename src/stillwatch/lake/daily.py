"""What accounts show on one day, gathered while the day is written: a fraction of the fingerprints' size."""

from __future__ import annotations

import pyarrow as pa

from stillwatch.model.links import DAILY_INDICATORS, PLACES

_KEYS = ["account_id", *PLACES]


class Gathering:
    """DAILY_INDICATORS of the tables that it is shown; it holds one row an account and place, never the day."""

    def __init__(self) -> None:
        self._sums = DAILY_INDICATORS.empty_table()
        self._waiting: list[pa.Table] = []

    def see(self, prints: pa.Table) -> None:
        """Counts rows of FINGERPRINTS."""
        self._waiting.append(
            _gathered(
                pa.Table.from_arrays(
                    [
                        *(prints[name] for name in _KEYS),
                        pa.chunked_array([pa.repeat(pa.scalar(1, pa.int64()), len(prints))]),
                        prints["ts"],
                        prints["ts"],
                    ],
                    schema=DAILY_INDICATORS,
                )
            )
        )
        if sum(map(len, self._waiting)) > max(1 << 20, len(self._sums)):
            self._sums = self.table()

    def table(self) -> pa.Table:
        """DAILY_INDICATORS so far, in the order of its columns."""
        self._sums = _gathered(pa.concat_tables([self._sums, *self._waiting]))
        self._waiting = []
        return self._sums.sort_by([(name, "ascending") for name in _KEYS])


def _gathered(rows: pa.Table) -> pa.Table:
    """Rows of one account and place as one."""
    sums = rows.group_by(_KEYS, use_threads=False).aggregate(
        [("exchanges", "sum"), ("first_seen", "min"), ("last_seen", "max")]
    )
    return sums.rename_columns(DAILY_INDICATORS.names).cast(DAILY_INDICATORS)
