"""Routing in admin: people's work, queues, hours, words, and what happened.

Whatever changes who may take what rebuilds the skill groups.
"""

from routing.admin import agents, history, hours, notices, queues, waits, words

__all__ = ["agents", "history", "hours", "notices", "queues", "waits", "words"]
