"""The counters and latencies that `/metrics` shows; one registry, declared by the slices that move them."""

from prometheus_client import CollectorRegistry

REGISTRY = CollectorRegistry()
