"""One file a signal: what a cluster shows, as an observation with its likelihoods."""
