"""What runs a stage: the artifact cache, and the facts about this machine."""
