"""Organizations and what belongs to them directly: teams, projects, keys, releases, environments, and the audit log."""
