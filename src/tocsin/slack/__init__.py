"""The edge to Slack: what we ask of it, what it tells us, and how our messages look there."""
