"""How contacts come and go: one package a channel, one adapter protocol, one inbound pipeline, one way out."""
