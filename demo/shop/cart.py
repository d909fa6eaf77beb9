"""Owns the cart of a visitor and what its content costs. Amounts are in pence."""

from dataclasses import dataclass, field

from demo.shop.catalogue import PRODUCTS, Product

COUPONS = {"TEATIME": 10, "HALF": 50}
"""Per cent off the dearest things: the coupon counts from the cart's average price upwards."""


@dataclass(slots=True)
class Cart:
    """Products and how many of each."""

    lines: dict[str, int] = field(default_factory=dict)
    coupon: str | None = None

    def add(self, sku: str, quantity: int = 1) -> None:
        """Put `quantity` more of a product in."""
        self.lines[sku] = self.lines.get(sku, 0) + quantity

    def products(self) -> list[tuple[Product, int]]:
        """What is in it, with quantities."""
        return [(PRODUCTS[sku], quantity) for sku, quantity in self.lines.items()]

    def total(self) -> int:
        """What it costs, less the coupon."""
        return sum(product.price * quantity for product, quantity in self.products()) - self.discount()

    def discount(self) -> int:
        """What the coupon takes off."""
        if self.coupon is None:
            return 0
        average = self.average_price()
        dear = sum(product.price * quantity for product, quantity in self.products() if product.price >= average)
        return dear * COUPONS[self.coupon] // 100

    def average_price(self) -> int:
        """The mean price of one item."""
        items = sum(self.lines.values())
        # Bug: nobody thought of a coupon before the first product.
        return sum(product.price * quantity for product, quantity in self.products()) // items
