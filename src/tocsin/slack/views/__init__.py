"""Forms that open over Slack: what each shows, and what comes of it when it is submitted."""
