"""EXCHANGES to FINGERPRINTS: text is read once, here, and leaves as keyed fingerprints."""
