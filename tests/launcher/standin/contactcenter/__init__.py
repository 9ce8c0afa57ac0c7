"""A project of the least that the launcher asks of one, so that its tests do not wait for the real one to load."""
