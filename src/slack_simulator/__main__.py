"""`python -m slack_simulator` is the command `slack-simulator`."""

from slack_simulator.cli import main

main()
