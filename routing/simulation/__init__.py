"""PURE: a queue's days played through the router's own matching. No Django, no clock, no database.

`world` says what is simulated, `draws` makes its contacts from a seed, `engine` plays them, `policies` decide,
`measures` counts. Times are seconds from the start of the simulated period.
"""
