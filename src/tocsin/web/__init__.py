"""The pages: sign-in, issues, projects, rules, the workspace and one's own account."""
