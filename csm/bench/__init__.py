"""Benchmarks: `python3 dev.py bench`. Every figure stands beside a floor that was measured in the same run."""
