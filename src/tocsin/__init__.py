"""Tocsin: a self-hosted error tracker whose front end is Slack."""
