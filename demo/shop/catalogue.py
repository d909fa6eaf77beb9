"""Owns what the shop sells, and how suppliers change its prices. Prices are in pence."""

import csv
from dataclasses import dataclass, replace
from io import StringIO


@dataclass(frozen=True, slots=True)
class Product:
    """One thing on the shelf."""

    sku: str
    name: str
    price: int


def _shelf(*products: Product) -> dict[str, Product]:
    return {product.sku: product for product in products}


PRODUCTS = _shelf(
    Product("TEA-ASSAM-250", "Assam, 250 g", 890),
    Product("TEA-SENCHA-100", "Sencha, 100 g", 1250),
    Product("TEA-ROOIBOS-200", "Rooibos, 200 g", 640),
    Product("POT-IRON-900", "Iron teapot, 0.9 l", 4900),
    Product("POT-BLUE-600", "Blue teapot, 0.6 l", 3450),
)


def import_prices(price_list: bytes) -> list[Product]:
    """Read a supplier's price list, lines of `sku;pence`, into products with new prices."""
    # Bug: a supplier on the continent sends Latin-1.
    rows = csv.reader(StringIO(price_list.decode("utf-8")), delimiter=";")
    return [replace(PRODUCTS[sku], price=int(price)) for sku, price, *_remark in rows]
