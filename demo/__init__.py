"""The demonstration: a simulated Slack, Tocsin and a small shop with real bugs, started together by bin/demo."""
