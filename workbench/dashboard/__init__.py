"""The dashboard: pages over run directories. It never loads a model; it asks ``serve``."""

# What `.streamlit/config.toml` says, for a start from elsewhere than the clone.
FLAGS: tuple[str, ...] = (
    *("--server.fileWatcherType", "none"),
    *("--server.maxUploadSize", "64"),
    *("--browser.gatherUsageStats", "false"),
    *("--client.toolbarMode", "minimal"),
    *("--client.showErrorDetails", "none"),
    # A page of the web that resolves its own name to this machine is not answered.
    *("--server.allowedHosts", "localhost"),
    *("--server.allowedHosts", "127.0.0.1"),
    *("--theme.light.primaryColor", "#41589c"),
    *("--theme.dark.primaryColor", "#8ea3e0"),
)
