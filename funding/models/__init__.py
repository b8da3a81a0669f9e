"""Tables of `funding`, one module a subject."""

from funding.models.fund import Commitment, CommitmentQuerySet, Consent, Fund, FundQuerySet
from funding.models.tally import Tally
from funding.models.written import Invoice, InvoiceCounter, WrittenPromise

__all__ = [
    "Commitment",
    "CommitmentQuerySet",
    "Consent",
    "Fund",
    "FundQuerySet",
    "Invoice",
    "InvoiceCounter",
    "Tally",
    "WrittenPromise",
]
