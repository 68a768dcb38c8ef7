"""Who a text is about, the same text about somebody else, and what of it should not be learned.

Pure functions on texts, by lists of our own that are plain files beside them: no model, no network.
"""
