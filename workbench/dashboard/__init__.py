"""The dashboard: pages over run directories. It never loads a model; it asks ``serve``."""
