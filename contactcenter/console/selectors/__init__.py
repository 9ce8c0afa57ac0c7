"""What the console shows, read in few queries."""
