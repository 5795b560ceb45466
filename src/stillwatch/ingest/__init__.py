"""Logs to EXCHANGES, ACCOUNTS and QUARANTINE; one file a format."""

from stillwatch.ingest.accounts import account_files, read_accounts
from stillwatch.ingest.files import Input
from stillwatch.ingest.reader import Batch, ExchangeReader, open_exchanges

__all__ = ["Batch", "ExchangeReader", "Input", "account_files", "open_exchanges", "read_accounts"]
