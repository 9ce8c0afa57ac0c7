"""Messenger: private messages to a Facebook page."""
