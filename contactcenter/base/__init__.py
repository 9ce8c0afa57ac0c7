"""What every app stands on and no app owns: the clock, secrets, locks, logs, text for search."""
