"""One module per page, each with a ``page()`` that draws it."""
