"""Owns the shop's page and the routes behind its buttons.

`python -m demo.shop.app --port 8002 [--customers]`; where errors go is in SENTRY_DSN, as for any other program.
"""

import argparse
from collections import defaultdict
from pathlib import Path
from typing import Any

import sentry_sdk
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from demo.shop import catalogue, customers, stock
from demo.shop.cart import COUPONS, Cart
from demo.shop.checkout import place_order
from demo.shop.payments import Card

RELEASE = "shop@2.4.1"
COOKIE = "visitor"
SUPPLIERS_LIST = "TEA-ASSAM-250;910;première qualité\n".encode("latin-1")

pages = Jinja2Templates(Path(__file__).parent)
carts: dict[str, Cart] = defaultdict(Cart)


def front_page(request: Request) -> Response:
    """The shelf, the cart and the buttons that meet the bugs."""
    visitor = customers.find(request.cookies.get(COOKIE))
    cart = carts[visitor.id]
    page = pages.TemplateResponse(
        request,
        "page.html",
        {
            "products": catalogue.PRODUCTS.values(),
            "cart": cart.products(),
            "total": sum(product.price * quantity for product, quantity in cart.products()),
            "visitor": visitor,
            "bought": request.query_params.get("bought"),
            "release": RELEASE,
        },
    )
    page.set_cookie(COOKIE, visitor.id, httponly=True, samesite="lax")
    return page


async def add(request: Request) -> Response:
    """Put a product into the visitor's cart."""
    cart, form = await visit(request)
    sku = str(form["sku"])
    if sku not in catalogue.PRODUCTS:
        raise HTTPException(404)
    cart.add(sku)
    return back()


async def use_coupon(request: Request) -> Response:
    """Take something off the visitor's cart."""
    cart, form = await visit(request)
    code = str(form["code"])
    if code not in COUPONS:
        raise HTTPException(404)
    if "afresh" in form:
        cart.lines.clear()
    tried = Cart(dict(cart.lines), code)
    tried.total()
    cart.coupon = code
    return back()


async def buy(request: Request) -> Response:
    """Order what is in the cart, or the one product that the button names, and start with an empty cart."""
    cart, form = await visit(request)
    wanted = Cart({str(form["sku"]): 1}) if "sku" in form else cart
    card = Card(str(form.get("number", "4242 4242 4242 4242")), str(form.get("expiry", "11/31")))
    order = await run_in_threadpool(place_order, wanted, card, region=str(form.get("region", "inland")))
    cart.lines.clear()
    cart.coupon = None
    return back(f"?bought={order}")


async def import_prices(request: Request) -> Response:
    """Take over what a supplier asks from tomorrow on."""
    await visit(request)
    catalogue.import_prices(SUPPLIERS_LIST)
    return back()


async def count_stock(request: Request) -> Response:
    """Walk through the warehouse."""
    await visit(request)
    for sku in stock.WAREHOUSE:
        stock.count(sku)
    return back()


async def visit(request: Request) -> tuple[Cart, FormData]:
    """Say who does this, so that a report names them; give their cart and what they sent."""
    visitor = customers.find(request.cookies.get(COOKIE))
    sentry_sdk.set_user({"id": visitor.id, "username": visitor.name, "email": visitor.email})
    sentry_sdk.set_tag("tier", visitor.tier)
    return carts[visitor.id], await request.form()


def back(query: str = "") -> Response:
    """Show the front page again."""
    return RedirectResponse(f"/{query}", status_code=303)


def broken(request: Request, error: Exception) -> Response:
    """What a visitor sees of a bug; the report itself has already left."""
    context = {"error": type(error).__name__, "text": str(error)}
    return pages.TemplateResponse(request, "broken.html", context, status_code=500)


app = Starlette(
    routes=[
        Route("/", front_page),
        Route("/cart", add, methods=["POST"]),
        Route("/coupon", use_coupon, methods=["POST"]),
        Route("/checkout", buy, methods=["POST"]),
        Route("/prices", import_prices, methods=["POST"]),
        Route("/stock", count_stock, methods=["POST"]),
    ],
    exception_handlers={Exception: broken},
)


def main() -> None:
    """Open the shop; with --customers a few come by themselves."""
    parser = argparse.ArgumentParser(prog="shop")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--customers", action="store_true", help="let customers come by themselves")
    arguments = parser.parse_args()

    options: dict[str, Any] = {"release": RELEASE, "environment": "production", "server_name": "shop-1"}
    sentry_sdk.init(**options)
    if arguments.customers:
        customers.let_in(f"http://127.0.0.1:{arguments.port}")
    uvicorn.run(app, host="127.0.0.1", port=arguments.port, log_level="warning")


if __name__ == "__main__":
    main()
