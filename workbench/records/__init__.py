"""What a run leaves behind: its directory, and what is in it."""
