"""Files that survive a kill: whole or absent, appended line by line, held by one process."""
