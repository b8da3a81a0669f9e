"""The hosted pages: saving a card, and the bank's question. No scripts, no card number is kept."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from urllib.parse import parse_qs, urlencode, urlsplit

from babel.numbers import format_currency, get_currency_precision

from csm.local_stripe import customers, intents, sessions
from csm.local_stripe.api import Api
from csm.local_stripe.cards import CARDS
from csm.local_stripe.errors import StripeError
from csm.local_stripe.store import Object
from csm.local_stripe.world import World

_STYLE = """
*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,sans-serif;background:#f4f6fa;color:#1b2433}
main{max-width:28rem;margin:0 auto;padding:1.5rem}h1{font-size:1.4rem;margin:.2rem 0 1rem}
.box{background:#fff;border:1px solid #d8deea;border-radius:10px;padding:1.25rem;margin-bottom:1rem}
.test{background:#fff4d6;color:#6b4800;border-radius:6px;padding:.4rem .7rem;font-size:.9rem}
label{display:block;margin:.8rem 0 .2rem;font-weight:600}
input{width:100%;font:inherit;padding:.6rem;border:1px solid #8b95a8;border-radius:6px;background:#fff;color:inherit}
.row{display:grid;grid-template-columns:1fr 1fr;gap:.8rem}
button,.button{display:block;width:100%;margin-top:1.1rem;padding:.75rem;font:inherit;font-weight:600;border:0;
border-radius:6px;background:#2f3b8f;color:#fff;text-align:center;text-decoration:none;cursor:pointer}
.plain{background:none;color:#2f3b8f}.error{background:#fde8e6;color:#8a1c12;padding:.6rem .8rem;border-radius:6px}
details{font-size:.9rem}td{padding:.15rem .6rem .15rem 0}a{color:#2f3b8f}
:focus-visible{outline:3px solid #7c8cff;outline-offset:2px}
@media(prefers-color-scheme:dark){body{background:#12161f;color:#e8ecf5}.box{background:#1c2230;border-color:#36405a}
input{background:#12161f;border-color:#667}.plain,a{color:#a9b6ff}.test{background:#4a3a10;color:#ffe6a6}
.error{background:#4b1d19;color:#ffd5d0}}
"""


class Page(Exception):
    """An answer to a browser: a page, or a redirect when `location` is set."""

    def __init__(self, title: str = "", body: str = "", *, status: int = 200, location: str = "") -> None:
        self.status, self.location = (303, location) if location else (status, "")
        self.html = (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f'<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width,initial-scale=1">'
            f"<style>{_STYLE}</style></head>"
            f'<body><main><p class="test">Local Stripe: a test page, no real money, no real cards.</p>'
            f"<h1>{escape(title)}</h1>{body}</main></body></html>"
        )
        super().__init__(title)


def answer(api: Api, method: str, path: str, query: str, form: str) -> Page:
    """The page for an address under /checkout/ or /3ds/."""
    kind, _, key = path.strip("/").partition("/")
    row = api.store.db.execute("SELECT account FROM objects WHERE id = ?", (key,)).fetchone()
    if row is None or kind not in ("checkout", "3ds"):
        return Page("There is nothing here", "<p>This address is not known.</p>", status=404)
    world = api.world(row[0])
    fields = {name: values[-1] for name, values in parse_qs(form or query).items()}
    with api.store.transaction():
        if kind == "checkout":
            return _checkout(world, key, fields if method == "POST" else None, fields)
        return _bank(world, key, fields if method == "POST" else None)


def _checkout(world: World, key: str, posted: dict[str, str] | None, shown: dict[str, str]) -> Page:
    session = world.get("checkout.session", key)
    if session["status"] != "open":
        return Page(
            "This page is over",
            f"<p>It is {escape(session['status'])}. Go back and start again.</p>",
            status=410,
        )
    error = ""
    if posted is not None:
        try:
            card = customers.known_card(posted.get("number", ""))
            month, year = _expiry(posted.get("expiry", ""))
            intent = sessions.save_card(world, session, card, month, year)
        except StripeError as refused:
            error = refused.error["message"]
        except ValueError as wrong:
            error = str(wrong)
        else:
            if intent["status"] == "requires_action":
                return Page(location=intent["next_action"]["redirect_to_url"]["url"])
            return Page(location=_back(session))
    return Page("Save a card for later", _card_form(session, error, posted or shown))


def _expiry(text: str) -> tuple[int, int]:
    month, _, year = text.replace(" ", "").partition("/")
    if not (month.isdigit() and year.isdigit() and 1 <= int(month) <= 12):
        raise ValueError("The expiry date reads MM / YY.")
    return int(month), 2000 + int(year) % 100


def _back(session: Object) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _card_form(session: Object, error: str, filled: dict[str, str]) -> str:
    cards = "".join(
        f'<tr><td><a href="?number={c.number}&amp;expiry=12/34&amp;cvc=123">{c.number}</a></td>'
        f"<td>{escape(c.label)}</td></tr>"
        for c in CARDS.values()
    )
    note = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    value = {name: escape(filled.get(name, "")) for name in ("number", "expiry", "cvc", "name")}
    cancel = escape(session.get("cancel_url") or "")
    submit = (session.get("custom_text") or {}).get("submit")
    said = f"<p>{escape(submit['message'])}</p>" if submit else ""
    leave = f'<a class="button plain" href="{cancel}">Back without saving</a>' if cancel else ""
    return f"""<div class="box">{note}<form method="post">
<label for="number">Card number</label>
<input id="number" name="number" inputmode="numeric" autocomplete="off" required value="{value["number"]}">
<div class="row"><div><label for="expiry">Expires (MM / YY)</label>
<input id="expiry" name="expiry" autocomplete="off" required value="{value["expiry"]}"></div>
<div><label for="cvc">CVC</label><input id="cvc" name="cvc" inputmode="numeric" autocomplete="off" required
value="{value["cvc"]}"></div></div>
<label for="name">Name on card</label><input id="name" name="name" autocomplete="off" value="{value["name"]}">
<button>Save card</button>{said}</form>{leave}</div>
<details class="box"><summary>Test cards</summary><table>{cards}</table></details>"""


def _bank(world: World, key: str, posted: dict[str, str] | None) -> Page:
    """The bank asks the cardholder, for a setup session or for a payment."""
    if key.startswith("cs_"):
        return _bank_for_setup(world, key, posted)
    intent = world.get("payment_intent", key)
    if intent["status"] != "requires_action":
        return Page("Your bank has your answer", "<p>There is nothing to confirm any more.</p>", status=410)
    if posted is None:
        return Page("Your bank asks", _question(f"Do you want to pay {_money(intent)}?"))
    back = intent["next_action"]["redirect_to_url"]["return_url"]
    if posted.get("answer") == "yes":
        intents.pay(world, intent, world.get("payment_method", intent["payment_method"]))
    else:
        intents.refuse_action(world, intent)
    extra = {"payment_intent": intent["id"], "payment_intent_client_secret": intent["client_secret"]}
    return Page(location=back + ("&" if urlsplit(back).query else "?") + urlencode(extra))


def _money(intent: Object) -> str:
    currency = intent["currency"].upper()
    return format_currency(
        Decimal(intent["amount"]).scaleb(-get_currency_precision(currency)), currency, locale="en_GB"
    )


def _bank_for_setup(world: World, key: str, posted: dict[str, str] | None) -> Page:
    session = world.get("checkout.session", key)
    intent = world.get("setup_intent", session["setup_intent"])
    if intent["status"] != "requires_action" or session["status"] != "open":
        return Page("Your bank has your answer", "<p>There is nothing to confirm any more.</p>", status=410)
    if posted is None:
        return Page("Your bank asks", _question("Do you want to save this card for later payments?"))
    if posted.get("answer") == "yes":
        sessions.complete(world, session, intent)
        return Page(location=_back(session))
    world.save(intent | {"status": "requires_payment_method", "payment_method": None, "next_action": None})
    return Page(location=session["url"])


def _question(text: str) -> str:
    return f"""<div class="box"><p>{escape(text)}</p><form method="post">
<button name="answer" value="yes">Approve</button><button class="plain" name="answer" value="no">Refuse</button>
</form></div>"""
