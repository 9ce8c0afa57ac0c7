"""The screens of agents and supervisors, and the websocket that keeps them live."""
