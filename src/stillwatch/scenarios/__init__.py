"""Traffic with known truth, composed from real text."""
