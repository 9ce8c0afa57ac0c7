"""The tables of the unified model, by subject."""

from contactcenter.conversations.models.accounts import ChannelAccount, MessageTemplate
from contactcenter.conversations.models.consent import (
    BlockedAddress,
    ConsentEntry,
    OutboundUse,
)
from contactcenter.conversations.models.conversations import (
    Attachment,
    Conversation,
    ConversationAccess,
    Draft,
    Message,
    MessageChange,
    Participant,
)
from contactcenter.conversations.models.customers import (
    Customer,
    Identity,
    MatchProposal,
    Record,
)
from contactcenter.conversations.models.desk import (
    ConversationMerge,
    CustomerMerge,
    Mention,
    ScheduledReply,
)
from contactcenter.conversations.models.feedback import ErasureRequest, Rating
from contactcenter.conversations.models.log import Effect, Event
from contactcenter.conversations.models.tags import Tag

__all__ = [
    "Attachment",
    "BlockedAddress",
    "ChannelAccount",
    "ConsentEntry",
    "Conversation",
    "ConversationAccess",
    "ConversationMerge",
    "Customer",
    "CustomerMerge",
    "Draft",
    "Effect",
    "ErasureRequest",
    "Event",
    "Identity",
    "MatchProposal",
    "Mention",
    "Message",
    "MessageChange",
    "MessageTemplate",
    "OutboundUse",
    "Participant",
    "Rating",
    "Record",
    "ScheduledReply",
    "Tag",
]
