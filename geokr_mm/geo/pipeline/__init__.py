"""Building an index: options, jobs, cache and fingerprint."""
