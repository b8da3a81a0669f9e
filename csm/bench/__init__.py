"""Benchmarks: `python3 dev.py bench`. Every figure stands beside a floor that was measured in the same run.

A floor does the same work in the plainest way: a view that writes or reads the same rows with raw SQL, fills a template
with about the same bytes, asks Stripe the same things, behind the same middleware. The ratio says what our rules,
records, translations and layers cost; docs/speed.md says what was measured, and what for.
"""
