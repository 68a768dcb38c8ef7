"""Real HTTP servers on this machine that speak the protocols of others."""
