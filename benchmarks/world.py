"""What seeding and measuring processes must both know. No Django: it is read before Django is set up."""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = ("en", "et", "lv", "ru", "pl")
VOICE = ("voice",)
DIGITAL = ("chat", "whatsapp")
CHANNELS = (*VOICE, *DIGITAL)
# Of ten agents so many take calls; the others take chats and messages. A freed place is then one piece of work.
VOICE_AGENTS = 4
# Each draws from customers of its own.
MOST_PROCESSES = 4
TEXT = "Where is my order? It was promised for Tuesday and nobody has written since."


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How large a world is."""

    agents: int
    waiting: int
    skills: int

    @property
    def customers(self) -> int:
        """Each waits once at most: who waits on two channels is one piece of work."""
        return 2 * self.waiting + 10 * self.agents


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the measuring processes need to know. One half of the queues has a backlog and busy agents, in the other
    half agents wait for work."""

    accounts: dict[str, int]  # channel -> account
    busy_topics: tuple[str, ...]
    quiet_topics: tuple[str, ...]
    busy_agents: tuple[int, ...]
