"""What several test folders share: PostgreSQL, Chromium, the database of a test and the guard of the network."""
