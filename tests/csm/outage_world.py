"""What tests/csm/test_outage.py asks of a platform of its own, in a process of its own: `python -m … promise | check`."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import django

django.setup()

from csm import books  # noqa: E402
from csm.local_stripe.process import LocalStripe  # noqa: E402
from funding.models import Commitment  # noqa: E402
from members.clock import database_now  # noqa: E402
from payments import stripe_gateway  # noqa: E402
from payments.models import Receiver  # noqa: E402
from payments.stripe_gateway import AccountRef  # noqa: E402
from tests.cast import Cast  # noqa: E402

PROMISES = 20
PROMISING_SECONDS = 10


def promise() -> None:
    """A fund that closes in a moment, and as many saved cards to charge."""
    cast = Cast(database_now())
    stripe = LocalStripe(os.environ["STRIPE_API_BASE"], subprocess.Popen(["true"]))
    fund = cast.fund("100.00", days=PROMISING_SECONDS / 86_400, window_minutes=10)
    for _ in range(PROMISES):
        cast.secured(fund, "20.00", stripe=stripe, now=database_now())
    cast.close(fund)


def check() -> None:
    """How it ended, by our books and by Stripe's."""
    receiver = Receiver.objects.get()
    account = AccountRef(receiver.stripe_account, receiver.livemode)
    charged = [intent for intent in stripe_gateway.list_intents(account) if intent["status"] == "succeeded"]
    states = sorted(Commitment.objects.values_list("state", flat=True))
    print(json.dumps({"states": states, "charged": len(charged), "books": [str(one) for one in books.check()]}))  # noqa: T201


if __name__ == "__main__":
    {"promise": promise, "check": check}[sys.argv[1]]()
