"""The command line: `tocsin`, for whoever runs the server; each verb opens the database, does its work and leaves."""

from tocsin.cli.app import main

__all__ = ["main"]
