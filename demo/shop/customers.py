"""Owns the people who shop here: who they are, and the few who come by themselves."""

import contextlib
import random
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlencode

PAUSE_SECONDS = (15, 45)


@dataclass(frozen=True, slots=True)
class Customer:
    """Someone with an account."""

    id: str
    name: str
    email: str
    tier: str


CUSTOMERS = {
    customer.id: customer
    for customer in (
        Customer("7001", "Mary Shelley", "mary@example.org", "gold"),
        Customer("7002", "Emil Noether", "emil@example.org", "standard"),
        Customer("7003", "Hedy Kiesler", "hedy@example.org", "standard"),
        Customer("7004", "Ibn Battuta", "ibn@example.org", "gold"),
    )
}

# What people do, most often what works. One journey is a list of requests.
JOURNEYS: tuple[tuple[int, list[tuple[str, dict[str, str]]]], ...] = (
    (6, [("/cart", {"sku": "TEA-ASSAM-250"}), ("/checkout", {})]),
    (3, [("/cart", {"sku": "POT-IRON-900"}), ("/coupon", {"code": "TEATIME"}), ("/checkout", {"region": "islands"})]),
    (2, [("/checkout", {"sku": "POT-BLUE-600"})]),
    (2, [("/cart", {"sku": "TEA-SENCHA-100"}), ("/checkout", {"number": "4000 0000 0000 0002"})]),
    (1, [("/coupon", {"code": "HALF"})]),
    (1, [("/cart", {"sku": "TEA-ROOIBOS-200"}), ("/checkout", {"region": "overseas"})]),
)


def find(visitor: str | None) -> Customer:
    """Give the customer whose id a cookie says, or the one whom we take a stranger for."""
    return CUSTOMERS.get(visitor or "", CUSTOMERS["7001"])


def let_in(shop: str) -> None:
    """Send a customer to the shop every now and then, until the process ends."""
    threading.Thread(target=_come_and_go, args=(shop,), daemon=True, name="customers").start()


def _come_and_go(shop: str) -> None:
    chance = random.Random()
    weights = [weight for weight, _journey in JOURNEYS]
    while True:
        threading.Event().wait(chance.uniform(*PAUSE_SECONDS))
        [(_weight, journey)] = chance.choices(JOURNEYS, weights)
        customer = chance.choice(list(CUSTOMERS))
        for path, form in journey:
            _post(shop + path, form, customer)


def _post(url: str, form: dict[str, str], customer: str) -> None:
    request = urllib.request.Request(url, urlencode(form).encode(), {"Cookie": f"visitor={customer}"})
    # That the shop breaks is what it is for.
    with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()
