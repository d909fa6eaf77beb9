"""Owns the way from a full cart to a paid order."""

from itertools import count

import sentry_sdk

from demo.shop import payments, shipping, stock
from demo.shop.cart import Cart
from demo.shop.payments import Card

_numbers = count(1042)


def place_order(cart: Cart, card: Card, *, region: str) -> str:
    """Reserve, price, charge; give the order's number."""
    order = f"ORDER-{next(_numbers)}"
    sentry_sdk.set_tag("order", order)
    sentry_sdk.set_context("cart", {"lines": dict(cart.lines), "coupon": cart.coupon, "region": region})

    for sku, quantity in cart.lines.items():
        stock.reserve(sku, quantity)
    pence = cart.total() + shipping.quote(region)
    sentry_sdk.add_breadcrumb(category="checkout", message=f"{order} costs {pence / 100:.2f} GBP", level="info")
    payments.charge(card, pence, order=order)
    return order
