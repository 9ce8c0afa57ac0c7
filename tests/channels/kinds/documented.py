"""The kinds of events that each provider documents, by the names of their fixtures."""

from __future__ import annotations

DOCUMENTED: dict[str, tuple[str, ...]] = {
    "messenger": (
        "text", "quick_reply", "image", "audio", "video", "file", "sticker", "location", "fallback", "template",
        "reply", "echo_own", "echo_inbox", "delivery", "read", "reaction", "unreact", "edit", "deleted", "postback",
        "referral", "optin", "account_linking", "pass_thread_control", "standby", "policy_enforcement", "several",
    ),
    "facebook": (
        "post", "post_edited", "comment", "comment_photo", "reply_to_ours", "bystander", "edited", "hidden", "shown",
        "removed", "own_comment", "without_author", "like", "mention", "unknown_field",
    ),
    "instagram": (
        "text", "image", "share", "story_reply", "story_mention", "reel", "ephemeral", "unsupported", "reply", "unsend",
        "echo", "read", "reaction", "edit", "new_as_edit", "postback", "referral", "comment", "comment_reply",
        "comment_own", "comment_in_entry", "live_comment", "mention", "test_button",
    ),
    "whatsapp_cloud": (
        "text", "reply", "forwarded", "referral", "image", "video", "audio", "document", "sticker", "reaction",
        "reaction_removed", "location", "contacts", "interactive_button", "interactive_list", "interactive_flow",
        "button", "order", "edit", "revoke", "system_number", "system_user_id", "identity_changed", "unsupported",
        "request_welcome", "without_number", "both_addresses", "status_sent", "status_delivered", "status_read",
        "status_played", "status_failed", "echo", "preference_stop", "preference_resume", "calls", "template_status",
        "account_update",
    ),
    "whatsapp_twilio": (
        "text", "image", "audio", "video", "document", "location", "contacts", "button", "list", "reply", "forwarded",
        "referral", "without_number", "unknown_type", "status_sent", "status_delivered", "status_read", "status_failed",
    ),
    "viber": (
        "webhook", "subscribed", "unsubscribed", "conversation_started", "delivered", "seen", "failed", "client_status",
        "text", "picture", "video", "file", "sticker", "contact", "url", "location", "unknown_type",
    ),
    "telegram": (
        "text", "edited", "reply", "photo", "document", "document_too_big", "voice", "audio", "video", "video_note",
        "animation", "sticker", "location", "venue", "contact", "dice", "poll", "album_first", "album_second", "start",
        "start_with_payload", "callback_query", "reaction", "reaction_removed", "blocked", "unblocked",
        "business_connection", "business_message", "business_echo", "edited_business_message",
        "deleted_business_messages", "channel_post", "group_message", "inline_query",
    ),
    "generic": (
        "message", "message_with_files", "message_with_record", "alert", "edit", "delete", "reaction",
        "receipt_delivered", "receipt_read", "receipt_failed", "opt_out", "opt_in", "batch", "unknown_type",
    ),
}  # fmt: skip
