"""Processes that the dashboard starts and follows: runs, estimates, serving."""
