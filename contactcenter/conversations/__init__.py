"""The unified model: one conversation for every channel, and one log of what happened to it."""
