"""The dashboard: pages over run directories. It never loads a model; it asks ``serve``."""

# What `.streamlit/config.toml` says, for a start from elsewhere than the clone.
FLAGS: tuple[str, ...] = (
    *("--server.fileWatcherType", "none"),
    *("--server.maxUploadSize", "64"),
    *("--browser.gatherUsageStats", "false"),
    *("--client.toolbarMode", "minimal"),
    *("--client.showErrorDetails", "none"),
    *("--theme.light.primaryColor", "#41589c"),
    *("--theme.dark.primaryColor", "#8ea3e0"),
)
