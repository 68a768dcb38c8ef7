"""Tuning by a provider: its file is uploaded, one job started, and waited for.

:mod:`.job` is the loop, the same for all; a provider is one small file that says what is its own.
"""
