"""Who gets the work: queues, skills, agents, hours, matching, offers, assignments."""
