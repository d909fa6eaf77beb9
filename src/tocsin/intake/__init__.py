"""The one use case that joins the slices: a batch of events becomes issues, firings, cards and deliveries."""
