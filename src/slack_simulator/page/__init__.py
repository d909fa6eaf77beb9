"""The page on which a person looks at the simulated Slack and works in it as anybody they like."""

from slack_simulator.page.routes import page_routes

__all__ = ["page_routes"]
