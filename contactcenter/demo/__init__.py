"""What exists in demo mode only: its people and their world, and the mail that would have been sent."""
