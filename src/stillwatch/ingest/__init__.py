"""Logs to EXCHANGES, ACCOUNTS and QUARANTINE; one file a format."""
