"""Telegram bots, and people's business accounts that a bot answers for."""
