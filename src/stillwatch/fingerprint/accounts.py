"""ACCOUNTS to ACCOUNT_PRINTS: identifiers leave as keyed names."""

from __future__ import annotations

import pyarrow as pa

from stillwatch.fingerprint.addresses import name_addresses
from stillwatch.fingerprint.columns import name_distinct
from stillwatch.fingerprint.keys import FingerprintKey
from stillwatch.fingerprint.normalise import collapse, lowered
from stillwatch.model.fingerprints import ACCOUNT_PRINTS

_KEPT = ("account_id", "created_at", "country", "pathway", "plan", "verified", "banned_at")


def fingerprint_accounts(table: pa.Table, key: FingerprintKey) -> pa.Table:
    """ACCOUNT_PRINTS of the accounts, row by row in their order.

    Sign-up addresses have the names that the same addresses have in FINGERPRINTS under the same key. Mail
    domains are compared in lower case; other identifiers as they are, without whitespace around them.
    table  ACCOUNTS
    """
    columns = {name: table[name].combine_chunks() for name in table.column_names}
    signup_ip, signup_prefix = name_addresses(columns["signup_ip"], key)
    prints = {name: columns[name] for name in _KEPT} | {
        "org_hash": name_distinct(columns["org_id"], key.subkey("org"), collapse),
        "email_domain_hash": name_distinct(columns["email_domain"], key.subkey("email_domain"), lowered),
        "email_hash": name_distinct(columns["email_hash"], key.subkey("email"), collapse),
        "payment_hash": name_distinct(columns["payment_hash"], key.subkey("payment"), collapse),
        "phone_hash": name_distinct(columns["phone_hash"], key.subkey("phone"), collapse),
        "signup_ip_hash": signup_ip,
        "signup_prefix_hash": signup_prefix,
    }
    arrays = [prints[field.name].cast(field.type) for field in ACCOUNT_PRINTS]
    return pa.Table.from_arrays(arrays, schema=ACCOUNT_PRINTS)
