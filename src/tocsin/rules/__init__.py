"""Rules: when an event or a change deserves an alert, and where it goes. Evaluating writes firings and no message."""
