"""Issues: what events are grouped into, their state, and the verbs that change it."""
