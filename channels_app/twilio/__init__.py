"""What the channels that go through Twilio share: signatures, requests, the meaning of its codes."""
