"""Stand-ins for providers' REST sides, for the demo and tests: strict about what they take, and they answer back."""
