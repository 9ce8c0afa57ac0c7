"""What a company builds itself: messages of its app, alerts of its devices."""
