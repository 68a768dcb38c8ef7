"""What a run leaves on disk: append-only records, a content-addressed cache, a run directory."""
