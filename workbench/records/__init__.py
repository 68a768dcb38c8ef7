"""What a run leaves behind: its directory, and what stands in it."""
