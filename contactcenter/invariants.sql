-- What must hold at every moment, beyond the constraints of the schema. Each row returned is a violation: (rule, what).
SELECT 'load is the sum of its rows' AS rule, format('agent %s: stored %s, rows %s', a.id, a.load, x.total) AS what
FROM routing_agent a
CROSS JOIN LATERAL (
    SELECT COALESCE((SELECT SUM(cost) FROM routing_offer WHERE agent_id = a.id AND state = 'pending'), 0)
         + COALESCE((SELECT SUM(cost) FROM routing_assignment WHERE agent_id = a.id AND state <> 'done'
                     AND role IN ('primary', 'consult') AND paused_at IS NULL), 0) AS total
) x
WHERE a.load <> x.total
UNION ALL
SELECT 'load within capacity', format('agent %s: load %s, capacity %s', id, load, capacity)
FROM routing_agent WHERE load > GREATEST(capacity, load_at_capacity_change)
UNION ALL
SELECT 'a waiting or offered conversation has one open entry', format('conversation %s is %s', c.id, c.state)
FROM conversations_conversation c
WHERE c.state IN ('queued', 'offered')
  AND NOT EXISTS (SELECT 1 FROM routing_queueentry e WHERE e.conversation_id = c.id AND e.left_at IS NULL)
UNION ALL
SELECT 'an open entry belongs to a waiting or offered conversation', format('entry %s, conversation %s is %s', e.id, c.id, c.state)
FROM routing_queueentry e JOIN conversations_conversation c ON c.id = e.conversation_id
WHERE e.left_at IS NULL AND c.state NOT IN ('queued', 'offered')
UNION ALL
SELECT 'offered means exactly one pending work offer', format('conversation %s is %s', c.id, c.state)
FROM conversations_conversation c
WHERE (c.state = 'offered') <> EXISTS (
    SELECT 1 FROM routing_offer o WHERE o.conversation_id = c.id AND o.state = 'pending' AND o.purpose = 'work')
UNION ALL
SELECT 'an entry is marked offered while its offer is pending', format('entry %s', e.id)
FROM routing_queueentry e
WHERE e.is_offered <> EXISTS (SELECT 1 FROM routing_offer o WHERE o.entry_id = e.id AND o.state = 'pending')
UNION ALL
SELECT 'active means one primary handling it', format('conversation %s is %s', c.id, c.state)
FROM conversations_conversation c
WHERE (c.state = 'active') <> EXISTS (
    SELECT 1 FROM routing_assignment s WHERE s.conversation_id = c.id AND s.state = 'handling' AND s.role = 'primary')
UNION ALL
SELECT 'advice is asked for an active conversation', format('offer %s', o.id)
FROM routing_offer o JOIN conversations_conversation c ON c.id = o.conversation_id
WHERE o.purpose = 'consult' AND o.state = 'pending' AND c.state <> 'active'
UNION ALL
SELECT 'a work offer belongs to the open entry and has its decision', format('offer %s', o.id)
FROM routing_offer o LEFT JOIN routing_queueentry e ON e.id = o.entry_id
WHERE o.purpose = 'work' AND (e.id IS NULL OR (o.state = 'pending' AND e.left_at IS NOT NULL)
    OR NOT EXISTS (SELECT 1 FROM routing_decision d WHERE d.offer_id = o.id))
UNION ALL
SELECT 'only open work is paused, and not what costs nothing', format('assignment %s', id)
FROM routing_assignment WHERE paused_at IS NOT NULL AND (state = 'done' OR cost = 0)
UNION ALL
SELECT 'only a wrap-up has an end to come', format('assignment %s is %s', id, state)
FROM routing_assignment WHERE state = 'handling' AND (wrap_up_until IS NOT NULL OR handled_until IS NOT NULL)
UNION ALL
SELECT 'an adviser is beside an active conversation', format('assignment %s', s.id)
FROM routing_assignment s JOIN conversations_conversation c ON c.id = s.conversation_id
WHERE s.role = 'consult' AND s.state = 'handling' AND c.state <> 'active'
UNION ALL
SELECT 'the owner of an active conversation handles it', format('conversation %s', c.id)
FROM conversations_conversation c
JOIN routing_assignment s ON s.conversation_id = c.id AND s.state = 'handling' AND s.role = 'primary'
JOIN routing_agent a ON a.id = s.agent_id
WHERE c.owner_id IS DISTINCT FROM a.user_id
UNION ALL
SELECT 'events are numbered without gaps', format('conversation %s: %s events, last %s', c.id, x.n, c.event_seq)
FROM conversations_conversation c
CROSS JOIN LATERAL (SELECT COUNT(*) AS n, COALESCE(MAX(seq), 0) AS last FROM conversations_event WHERE conversation_id = c.id) x
WHERE x.n <> c.event_seq OR x.last <> c.event_seq
UNION ALL
SELECT 'every message has its event', format('message %s', m.id)
FROM conversations_message m
WHERE NOT EXISTS (SELECT 1 FROM conversations_event e WHERE e.conversation_id = m.conversation_id AND e.seq = m.seq)
UNION ALL
SELECT 'a pending message has an open effect', format('message %s', m.id)
FROM conversations_message m
WHERE m.delivery = 'pending' AND NOT EXISTS (
    SELECT 1 FROM conversations_effect f WHERE f.key = 'deliver_message:' || m.id AND f.done_at IS NULL)
UNION ALL
SELECT 'an agent in a state has one open interval of it', format('agent %s', a.id)
FROM routing_agent a
WHERE EXISTS (SELECT 1 FROM routing_agentstateinterval i WHERE i.agent_id = a.id)
  AND NOT EXISTS (SELECT 1 FROM routing_agentstateinterval i WHERE i.agent_id = a.id AND i.ended_at IS NULL AND i.state = a.state)
UNION ALL
SELECT 'an accepted offer has its assignment', format('offer %s', o.id)
FROM routing_offer o
WHERE o.state = 'accepted' AND NOT EXISTS (SELECT 1 FROM routing_assignment s WHERE s.offer_id = o.id)
UNION ALL
SELECT 'the place in line is what was waited', format('entry %s', id)
FROM routing_queueentry
WHERE abs(rank_key - (EXTRACT(EPOCH FROM entered_at) - waited_before_seconds - boost_seconds)) > 0.01
UNION ALL
SELECT 'an offer costs what its stay does', format('offer %s: %s, entry %s: %s', o.id, o.cost, e.id, e.cost)
FROM routing_offer o JOIN routing_queueentry e ON e.id = o.entry_id
WHERE o.state = 'pending' AND o.purpose = 'work' AND o.cost <> e.cost
UNION ALL
SELECT 'work is joined to another open stay of the same customer, which is joined to none', format('entry %s', e.id)
FROM routing_queueentry e
JOIN conversations_conversation c ON c.id = e.conversation_id
JOIN routing_queueentry lead ON lead.id = e.joined_to_id
JOIN conversations_conversation lc ON lc.id = lead.conversation_id
WHERE e.left_at IS NULL AND (lead.left_at IS NOT NULL OR lead.joined_to_id IS NOT NULL OR e.is_offered
    OR lc.customer_id <> c.customer_id)
UNION ALL
SELECT 'the step in force is one of its queue, and asks as its group does', format('entry %s, step %s', e.id, e.step_id)
FROM routing_queueentry e
LEFT JOIN routing_queuestep s ON s.id = e.step_id
JOIN routing_skillgroup g ON g.id = e.group_id
WHERE e.left_at IS NULL AND (g.queue_id <> e.queue_id OR g.channel <> e.channel
    OR (s.id IS NOT NULL AND s.queue_id <> e.queue_id))
UNION ALL
SELECT 'who is offered work has the skills', format('entry %s, agent %s', o.entry_id, o.agent_id)
FROM routing_offer o JOIN routing_queueentry e ON e.id = o.entry_id
WHERE o.state = 'pending' AND e.target_agent_id IS DISTINCT FROM o.agent_id
  AND NOT EXISTS (SELECT 1 FROM routing_skillgroupagent g WHERE g.group_id = e.group_id AND g.agent_id = o.agent_id)
