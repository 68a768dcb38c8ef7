"""Does the workbench survive what machines and people do to it? Campaigns of seeded cases.

    python -m benchmarks.soak [CAMPAIGN ...] [--count N] [--folder .soak]
    python -m benchmarks.soak --table        # what has been run so far, as Markdown

A case that has been run is not run again: the folder keeps one line per case, so that a campaign
goes on where it was stopped. docs/reliability.md holds the table.
"""
