"""Starts, supervises and tests the contact center on a machine with nothing but Python.

`run.py` calls `cli`. Only the standard library is imported here, because the first start runs before
anything is installed; `web` and `prepare`, processes of their own, are the exceptions.
"""
