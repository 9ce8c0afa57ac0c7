"""Function views of the console, by subject."""
