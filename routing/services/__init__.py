"""Every transition that touches a queue entry, an offer or an assignment: one function each, and the only way.

All go the same way: lock, re-read, check the table, write, record the event, announce on commit.
"""
