"""The floors: the least that a task of the same kind costs on this machine, with nothing of the product in it."""
