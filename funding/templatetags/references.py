"""References as people read them."""

from django import template

from funding import references

register = template.Library()


@register.filter
def in_groups(reference: str) -> str:
    """RF68 0000 0042."""
    return references.in_groups(reference)
