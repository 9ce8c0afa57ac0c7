"""Instagram: direct messages and comments of a professional account."""
