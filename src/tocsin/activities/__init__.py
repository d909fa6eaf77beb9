"""What happened to an issue, by whom and when, and the sentence that tells it."""
