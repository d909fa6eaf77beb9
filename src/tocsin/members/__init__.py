"""People: users, their membership and teams, sign-in, and the one rule of who may do what."""
