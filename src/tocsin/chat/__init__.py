"""Chat platforms as the domain sees them: workspaces, who a chat user is, and what a platform can be asked."""
