"""One file a rival: an innocent explanation, and what it predicts for every family."""
