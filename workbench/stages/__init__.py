"""The stages of a run and what they work with: the pipeline calls them in their order."""
