"""Text messages (SMS, MMS) through Twilio Messaging."""
