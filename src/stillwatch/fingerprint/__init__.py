"""EXCHANGES to FINGERPRINTS: text is read once, here, and leaves as keyed fingerprints."""

from stillwatch.fingerprint.accounts import fingerprint_accounts
from stillwatch.fingerprint.batch import Fingerprinter, fingerprint_batch
from stillwatch.fingerprint.keys import FingerprintKey
from stillwatch.fingerprint.models import Models, build_models, load_models

__all__ = [
    "FingerprintKey",
    "Fingerprinter",
    "Models",
    "build_models",
    "fingerprint_accounts",
    "fingerprint_batch",
    "load_models",
]
