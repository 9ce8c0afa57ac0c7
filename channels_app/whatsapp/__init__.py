"""What both ways to WhatsApp have in common."""
