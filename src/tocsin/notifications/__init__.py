"""Who is told what: cards of issues, their threads, and what is drawn on each message."""
