"""Where relational steps and batch functions run."""
