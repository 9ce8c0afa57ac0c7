"""Trying a change on a queue's past: what is read from the typed columns, how it is played, what comes out.

Nothing here locks or changes anything of the queue: it reads, and a worker reckons.
"""
