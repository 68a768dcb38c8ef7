"""From kept questions to train, dev and exam: split, chosen, locked, checked, exchanged."""
