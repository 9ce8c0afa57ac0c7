/* What the server says. */

import { flush, settle } from "./acts.js";
import { t } from "./dom.js";
import { tell } from "./host.js";
import { go, look, problem, show, typing } from "./screen.js";
import { forget, isRunning, list, markRead, merge, note, state } from "./state.js";

/** What the host page hears of, so that it can sign somebody in anew. */
const OF_THE_PAGE = new Set(["identity_refused", "identity_expired", "identity_required"]);

const fromServer = {
  welcome(frame) {
    const { open, opens_at: opensAt, wait, topics, fields, person, identity_required: needsIdentity } = frame;
    Object.assign(state, { open, opensAt, wait, topics, fields, person, needsIdentity });
    const before = state.conversation && state.conversation.id;
    if (!frame.conversation) forgetConversation();
    else {
      const isNew = before !== frame.conversation.id;
      // A page that has missed too much gets the last messages again, with a gap before them.
      if (isNew || frame.gap) Object.assign(state, { messages: [], more: !!frame.more });
      state.readSeq = frame.read_seq;
      frame.messages.forEach(merge);
      markRead(state.readSeq);
      setConversation(frame.conversation);
      state.seq = Math.max(frame.seq, isNew ? 0 : state.seq);
      if (isNew && isRunning() && state.view === "home") go("chat", false);
    }
    Object.assign(state, { person, conversations: frame.conversations });
    list();
    if (state.outbox.length && state.view === "home") go("chat", false);
    for (const message of state.outbox) message.sentAt = 0;
    flush();
  },
  token({ token }) {
    state.token = token;
    tell("token", { token });
  },
  ack(frame) {
    settle(frame.id);
    if (!state.conversation || state.conversation.id !== frame.conversation) {
      forgetConversation();
      state.conversation = { id: frame.conversation, state: "queued", position: null, queue_open: true };
      tell("running", { running: true });
    }
    merge(frame.message);
    list();
  },
  error(frame) {
    const message = state.outbox.find((row) => row.id === frame.id);
    if (OF_THE_PAGE.has(frame.code) || !message) tell("event", { name: "error", data: { code: frame.code, text: frame.text } });
    if (!message) {
      if (!OF_THE_PAGE.has(frame.code)) problem(frame.text);
    } else if (frame.code === "challenge") prove(message, frame.challenge);
    else if (message.first && !isRunning()) {
      // The form can be put right: an address that is none, too much at once.
      settle(message.id);
      const field = frame.field || { bad_email: "email", bad_phone: "phone" }[frame.code] || "text";
      Object.assign(state, { draft: { ...message.first, text: message.text }, errors: { [field]: frame.text } });
      go("form");
    } else Object.assign(message, { failed: true, problem: frame.text });
  },
  message({ message }) {
    merge(message);
    if (message.from === "you" && message.client) settle(message.client);
    if (message.from === "agent") {
      typing("");
      tell("event", { name: "message", data: { from: message.author.name, text: message.text } });
    }
    list();
  },
  state({ t: _type, conversation, ...rest }) {
    if (state.conversation && state.conversation.id !== conversation) return;
    setConversation({ id: conversation, ...rest });
    list();
  },
  delivery(frame) {
    for (const message of state.messages) {
      if (frame.messages.includes(message.id)) message.delivery = frame.delivery;
    }
  },
  typing: ({ who }) => typing(who),
};

export function heard(frame) {
  if (!Object.hasOwn(fromServer, frame.t)) return;
  fromServer[frame.t](frame);
  look();
  show();
}

function forgetConversation() {
  const { conversations, person } = state;
  forget();
  Object.assign(state, { conversations, person });
  tell("running", { running: false });
}

function setConversation(conversation) {
  const before = state.conversation || {};
  state.conversation = conversation;
  const agent = conversation.agent && conversation.agent.name;
  if (before.id === conversation.id && agent && agent !== (before.agent && before.agent.name)) note(t("joined", agent));
  if (before.state && before.state !== "closed" && conversation.state === "closed") state.card = {};
  tell("running", { running: isRunning() });
}

/** A little work that a flood could not afford; people do not notice it. */
async function prove(message, challenge) {
  message.sentAt = Date.now();
  const { solve } = await import("./proof.js");
  message.proof = { nonce: challenge.nonce, answer: await solve(challenge) };
  message.sentAt = 0;
  flush();
}

