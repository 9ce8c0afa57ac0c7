/* What the page knows: one object, changed by what people do and by what the server says, shown by the screen. */

import { speak } from "./dom.js";

export const config = JSON.parse(document.getElementById("config").textContent);
export const isEmbedded = config.mode !== "page";
speak(config.strings, config.locale);

export const state = {
  view: "", isShown: !isEmbedded, notice: "",
  token: null, identity: null, claims: {}, visit: {}, ref: config.ref || "",
  open: config.open, opensAt: config.opens_at, wait: null, topics: config.topics,
  fields: config.fields, person: {}, needsIdentity: config.identity_required,
  conversation: null, conversations: [], messages: [], more: false, seq: 0, readSeq: 0, unread: 0,
  // `isSending`: what is written goes out when its files are here.
  outbox: [], files: [], isSending: false,
  shown: null,
  // The form before the chat: what is filled in, what is wrong with it, and the greeting that led here.
  draft: { topic: config.topic || "" }, errors: {}, greeting: "",
  // The cards below a conversation: what is filled in, and how far its owner has come.
  card: {},
};

export const isRunning = (conversation = state.conversation) => !!conversation && conversation.state !== "closed";

/** Whoever sits here is new to us: nothing of before is shown. */
export function forget() {
  Object.assign(state, {
    conversation: null, conversations: [], messages: [], more: false, seq: 0, readSeq: 0, card: {}, person: {},
  });
}

export function merge(message) {
  state.seq = Math.max(state.seq, message.seq);
  const at = state.messages.findIndex((known) => known.id === message.id);
  if (at < 0) state.messages.push(message);
  else {
    const isRead = state.messages[at].delivery === "read";
    state.messages[at] = { ...message, delivery: isRead ? "read" : message.delivery };
  }
  if (message.from === "agent") markRead(Infinity);
}

/** What the customer wrote up to this event has been seen here. */
export function markRead(seq) {
  for (const known of state.messages) if (known.from === "you" && known.seq < seq) known.delivery = "read";
}

/** A line of our own between the messages. */
export function note(text) {
  const last = state.messages.at(-1);
  if (last && last.from === "note" && last.text === text) return;
  state.messages.push({ id: `note-${state.messages.length}`, from: "note", text, at: new Date().toISOString() });
}

/** The current conversation in the list of all of them. */
export function list() {
  const { conversation, conversations, messages, unread } = state;
  if (!conversation) return;
  const last = messages.filter((message) => message.text && message.from !== "note").at(-1);
  const known = conversations.find((row) => row.id === conversation.id) || {};
  const row = {
    ...known, ...conversation, unread, rating: conversation.rating ? conversation.rating.score : null,
    text: last ? last.text : known.text || "", at: last ? last.at : known.at || new Date().toISOString(),
  };
  state.conversations = [row, ...conversations.filter((other) => other.id !== conversation.id)];
}
