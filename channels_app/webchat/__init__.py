"""The customers' widget: a loader on any web page, a chat in an iframe of ours, one socket between them and us."""
