"""The edge that SDKs talk to: requests, keys, limits, and the batch that stores what they send."""
