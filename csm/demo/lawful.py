"""What the law asks of the demonstration's installation and of its co-operative: plausible, and nobody's advice."""

from __future__ import annotations

import datetime

from members import accepting, publishing
from members.models import LegalText, Member, Organisation

_IMPRINT = """
**Werkhof Nord eG**
Am Lagerhof 4, 24937 Flensburg, Germany

Represented by its board: Petra Lindner, Jens Carstensen

E-mail: werkhof@demo.example

Register of co-operatives: Amtsgericht Flensburg, GnR 412 FL

VAT id: DE 123 456 789

Responsible for the content: Petra Lindner, address as above. This is a demonstration: neither the co-operative nor its
board exists.
"""
_TERMS = """
# 1. What this is

Here people promise money to a workshop, and order what the workshop makes at cost. The contract is with the organisation
that is named before you bind yourself, not with this site.

# 2. When you pay

Your card is saved, and charged only when the published minimum is promised by the deadline. If less than the minimum
arrives, everything goes back to you, without any deduction.

# 3. When you can leave

Until the deadline you can change or withdraw what you promised, without giving a reason. Consumers keep their statutory
right to withdraw from an order of goods within 14 days of receiving them; goods made to your measure are excepted.

# 4. What nobody promises

Nobody promises a return on money, a tax deduction, or a day of delivery that is not written in the reward. A delay is told
to everybody concerned.

# 5. What you agree to

You give true details, you keep your password to yourself, and you write nothing that hurts others. Whoever breaks this can
be excluded; what they paid is settled first.
"""
_PRIVACY = """
# What is kept about you

- your e-mail address, your name if you give one, language and time zone, for as long as you have an account
- what you promise, order and pay, and the words that you agreed to with time and network address, as proof of it
- the browsers in which you are logged in, until the log-in ends

# Who else sees it

Our card processor Stripe, who keeps the card; the organisation that you support. The public sees your name only if you want it.

# For how long, and your rights

You see everything that is kept, and take it with you, under *Profile*. There you also have your account erased. What the law
wants of the books stays without your name, for as long as the organisation says; then it is erased too.

Questions: werkhof@demo.example. You may also complain to the supervisory authority for data protection.
"""


def publish(now: datetime.datetime) -> None:
    """Imprint, terms and privacy notice, in force at once."""
    for kind, text in (("imprint", _IMPRINT), ("terms", _TERMS), ("privacy", _PRIVACY)):
        draft = LegalText(kind=kind, text=text.strip())
        publishing.save_text(draft)
        publishing.publish_text(draft, by=None, now=now)


def introduce(organisation: Organisation) -> None:
    """Say who sells."""
    organisation.legal_name = organisation.name
    organisation.legal_address = "Am Lagerhof 4\n24937 Flensburg\nGermany"
    organisation.register_number = "Amtsgericht Flensburg, GnR 412 FL"
    organisation.contact_email = "werkhof@demo.example"
    organisation.vat_status = Organisation.VatStatus.LIABLE
    organisation.vat_id = "DE123456789"
    organisation.retention_months = 120
    organisation.full_clean()
    organisation.save()


def agree(member: Member, now: datetime.datetime) -> None:
    """As everybody does when they sign up."""
    terms = accepting.terms_in_force(now=now)
    if terms is not None:
        accepting.accept(terms, by=member, now=now)
