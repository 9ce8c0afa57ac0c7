"""Benchmarks: what the product does a second, beside the physical floor of the same machine in the same minute.

Started by `python3 run.py bench [name]`; `benchmarks/README.md` says how to read the figures.
"""
