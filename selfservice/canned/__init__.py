"""Canned replies: answers kept under a short name, in several languages."""
