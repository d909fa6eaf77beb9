"""A Slack workspace on loopback: strict Web API, signed delivery, faults and a page.

It knows nothing of the apps it serves.
"""
