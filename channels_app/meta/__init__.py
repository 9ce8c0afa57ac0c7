"""What Messenger, Facebook pages, Instagram and WhatsApp Cloud have in common: one app, one door, one Graph."""
