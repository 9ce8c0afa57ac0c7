"""What an admin does beside the lists: the first start, the home page, the set-up as a file."""
