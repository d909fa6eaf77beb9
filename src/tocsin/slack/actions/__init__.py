"""What happens when somebody uses a button: one file per topic, one row per button in `table.ACTIONS`."""
