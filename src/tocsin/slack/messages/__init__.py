"""How our messages look in Slack: pure functions from facts to blocks."""
