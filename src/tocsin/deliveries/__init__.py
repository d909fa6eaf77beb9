"""The outbox: one row for each thing to say in one place, from planned to said. It knows no issue and no Slack."""
