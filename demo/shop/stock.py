"""Owns what lies in the warehouse."""

import logging

log = logging.getLogger("shop.stock")

# Bug: the blue teapot was withdrawn from the warehouse but not from the catalogue.
WAREHOUSE = {
    "TEA-ASSAM-250": 48_000,
    "TEA-SENCHA-100": 21_500,
    "TEA-ROOIBOS-200": 35_000,
    "POT-IRON-900": 12_000,
}
LOW = 25_000


def reserve(sku: str, quantity: int) -> None:
    """Take `quantity` off the shelf."""
    WAREHOUSE[sku] -= quantity


def count(sku: str) -> int:
    """Count what is left, and tell the buyers when it runs low."""
    left = WAREHOUSE[sku]
    if left < LOW:
        log.error("%s runs low: %d left", sku, left, extra={"sku": sku, "left": left})
    return left
