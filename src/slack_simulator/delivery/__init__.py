"""What Slack sends to apps: signed requests, events with retries, and what people do with buttons and forms."""
