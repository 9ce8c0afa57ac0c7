"""Starts, supervises and tests the contact center on a machine with nothing but Python.

`run.py` calls `cli`. Only the standard library is imported here (but for `web`, which runs in the web process),
because the first start runs before anything is installed.
"""
