"""Reading a document into blocks of clean prose whose every character has a place in it."""
