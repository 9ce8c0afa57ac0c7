"""Writing the unified model. State changes that touch a queue entry, offer or assignment are in `routing.services`."""
