/* The widget's page: keeps what is known, sends what is written until it is acknowledged, shows the rest. */

import { speak, t } from "./dom.js";
import { Link } from "./link.js";
import { drawChat, keepAtEnd } from "./log.js";
import * as views from "./views.js";

const TYPING_MS = 3000;
const TYPING_SHOWN_MS = 6000;
const RESEND_MS = 10000;
const config = JSON.parse(document.getElementById("config").textContent);
const isEmbedded = window.parent !== window;

const state = {
  config, view: "", token: null, identity: null, claims: {}, page: {}, ref: "", outbox: [],
  conversation: null, messages: [], seq: 0, readSeq: 0, unread: 0,
  open: config.open, opensAt: config.opens_at, topics: config.topics, known: false,
  draft: {}, files: [], error: "", isShown: !isEmbedded,
};
let parts = null;
let host = "";
let typedAt = 0;
let typingTimer = 0;

/* --- the host page --- */

function tell(type, data) {
  if (host) window.parent.postMessage({ cc: 1, t: type, ...data }, host);
}

addEventListener("message", ({ data, origin, source }) => {
  if (source !== window.parent || !config.origins.includes(origin) || !data || data.cc !== 1) return;
  host = origin;
  (fromHost[data.t] || (() => {}))(data);
});

const fromHost = {
  init(data) {
    Object.assign(state, { token: data.token, identity: data.identity, page: data.page || {}, ref: data.ref });
    state.claims = data.claims || {};
    state.draft = { ...state.draft, name: state.claims.name, email: state.claims.email, topic: data.topic };
    state.outbox = (data.outbox || []).map((message) => ({ ...message, sentAt: 0 }));
    state.isShown = data.open;
    theme(data.theme);
    link.start();
    if (data.open) focusView();
  },
  identify(data) {
    Object.assign(state, { identity: data.identity, claims: data.claims || {} });
    Object.assign(state.draft, { name: state.claims.name, email: state.claims.email });
    link.again();
  },
  logout() {
    Object.assign(state, { token: null, identity: null, claims: {}, draft: {}, outbox: [], files: [] });
    forget();
    go("home");
    link.again();
  },
  page(data) { state.page = data.page; },
  set(data) { Object.assign(state.draft, { topic: data.topic }); state.ref = data.ref; },
  draft(data) {
    state.draft.text = data.text;
    go(state.conversation ? "chat" : "form");
  },
  theme(data) { theme(data.theme); },
  opened() { state.isShown = true; look(); focusView(); },
  closed() { state.isShown = false; },
};

function theme(name) {
  if (name === "light" || name === "dark") document.documentElement.dataset.theme = name;
  else delete document.documentElement.dataset.theme;
}

/* --- what people do --- */

const act = {
  close: () => tell("close"),
  showHome: () => go("home"),
  showChat: () => go("chat"),
  begin: () => go("form"),
  send(text, files) {
    const message = {
      id: crypto.randomUUID(), text: text.trim(), files, sentAt: 0, at: new Date().toISOString(),
      name: state.draft.name || "", email: state.draft.email || "", topic: state.draft.topic || "",
    };
    state.outbox.push(message);
    state.draft = { topic: state.draft.topic };
    state.error = "";
    keep();
    go("chat");
    flush();
  },
  sendTyped() {
    const text = parts.text.value.trim();
    if (state.files.some((file) => !file.id) || (!text && !state.files.length)) return;
    act.send(text, state.files.splice(0));
    parts.text.value = "";
    typedAt = 0; // the next words are news again
    showFiles();
  },
  typed(text) {
    state.draft.text = text;
    if (Date.now() - typedAt > TYPING_MS && text) {
      typedAt = Date.now();
      link.send({ t: "typing" });
    }
  },
  addFiles(list) {
    if (!state.conversation || state.conversation.state === "closed") return false;
    for (const file of list) upload(file);
    return true;
  },
  retry(message) {
    const again = state.outbox.find((row) => row.id === message.client);
    if (again) Object.assign(again, { sentAt: 0, problem: "", failed: false });
    show();
    flush();
  },
  askEnd() { parts.ending.hidden = false; parts.ending.replaceChildren(...views.ending(act)); },
  dontEnd() { parts.ending.hidden = true; parts.text.focus(); },
  end() { link.send({ t: "end" }); parts.ending.hidden = true; },
};

async function upload(given) {
  const file = { name: given.name, type: given.type, size: given.size };
  problem(given.size > config.most_bytes ? t("file_limit") : "");
  if (given.size > config.most_bytes) return;
  state.files.push(file);
  showFiles();
  const body = new FormData();
  body.append("file", given);
  try {
    const answer = await link.request("files/", { method: "POST", body });
    const kept = await answer.json();
    if (!answer.ok) throw new Error(kept.text);
    Object.assign(file, kept);
  } catch (error) {
    state.files.splice(state.files.indexOf(file), 1);
    problem(error.message);
  }
  showFiles();
}

function flush() {
  for (const message of state.outbox) {
    if (message.failed || Date.now() - message.sentAt < RESEND_MS) continue;
    const files = message.files.map((file) => file.id);
    const { id, text, name, email, topic } = message;
    const frame = { t: "message", id, text, files, name, email, topic, ref: state.ref, page: state.page.url || "" };
    if (link.send(frame)) message.sentAt = Date.now();
  }
}

function keep() {
  tell("outbox", { outbox: state.outbox });
}

function forget() {
  Object.assign(state, { conversation: null, messages: [], seq: 0, readSeq: 0, unread: 0 });
  tell("unread", { count: 0 });
  tell("running", { running: false });
}

/* --- what the server says --- */

const fromServer = {
  welcome(frame) {
    Object.assign(state, { open: frame.open, opensAt: frame.opens_at, topics: frame.topics, known: frame.known });
    const before = state.conversation && state.conversation.id;
    if (!frame.conversation) forget();
    else {
      if (before !== frame.conversation.id) state.messages = [];
      const isNew = before !== frame.conversation.id;
      state.readSeq = frame.read_seq;
      frame.messages.forEach(merge);
      for (const known of state.messages) if (known.from === "you" && known.seq < state.readSeq) known.delivery = "read";
      setConversation(frame.conversation);
      state.seq = Math.max(frame.seq, isNew ? 0 : state.seq);
      if (isNew && frame.conversation.state !== "closed") go("chat", false);
    }
    if (state.outbox.length && state.view === "home") go("chat", false);
    for (const message of state.outbox) message.sentAt = 0;
    flush();
    look();
    show();
  },
  token(frame) {
    state.token = frame.token;
    tell("token", { token: frame.token });
  },
  ack(frame) {
    settle(frame.id);
    if (!state.conversation || state.conversation.id !== frame.conversation) {
      // A new conversation goes on below the one that has ended.
      state.conversation = { id: frame.conversation, state: "queued", position: null, queue_open: true };
      state.seq = 0;
      tell("running", { running: true });
    }
    merge(frame.message);
    show();
  },
  error(frame) {
    const message = state.outbox.find((row) => row.id === frame.id);
    if (!message) {
      if (frame.code !== "identity_refused" && frame.code !== "identity_expired") problem(frame.text);
      tell("event", { name: "error", data: { code: frame.code, text: frame.text } });
      return;
    }
    if (!state.conversation) {
      // The form can be put right: an address that is none, too much at once.
      settle(message.id);
      Object.assign(state, { draft: { ...message }, error: frame.text });
      go("form");
    } else Object.assign(message, { failed: true, problem: frame.text });
    show();
  },
  message(frame) {
    merge(frame.message);
    if (frame.message.from === "you" && frame.message.client) settle(frame.message.client);
    if (frame.message.from === "agent") {
      typing("");
      tell("event", { name: "message", data: { from: frame.message.author.name, text: frame.message.text } });
    }
    look();
    show();
  },
  state(frame) {
    const { t: _type, conversation, ...rest } = frame;
    if (state.conversation && state.conversation.id !== conversation) return;
    setConversation({ id: conversation, ...rest });
    show();
  },
  delivery(frame) {
    for (const message of state.messages) {
      if (frame.messages.includes(message.id)) message.delivery = frame.delivery;
    }
    look();
    show();
  },
  typing(frame) { typing(frame.who); },
};

function setConversation(conversation) {
  const before = state.conversation || {};
  state.conversation = conversation;
  const agent = conversation.agent && conversation.agent.name;
  if (before.id === conversation.id && agent && agent !== (before.agent && before.agent.name)) note(t("joined", agent));
  if (conversation.state === "closed" && before.state !== "closed") note(t("ended"));
  tell("running", { running: conversation.state !== "closed" });
}

function note(text) {
  const last = state.messages.at(-1);
  if (last && last.from === "system" && last.text === text) return;
  state.messages.push({ id: crypto.randomUUID(), from: "system", text, files: [], at: new Date().toISOString(), seq: null });
}

function merge(message) {
  state.seq = Math.max(state.seq, message.seq);
  const at = state.messages.findIndex((known) => known.id === message.id);
  if (at >= 0) state.messages[at] = { ...message, delivery: state.messages[at].delivery === "read" ? "read" : message.delivery };
  else state.messages.push(message);
  if (message.from === "agent") {
    for (const known of state.messages) if (known.from === "you") known.delivery = "read";
  }
}

function settle(id) {
  state.outbox = state.outbox.filter((message) => message.id !== id);
  keep();
}

/** What is on screen is seen; what is not has been delivered, and counts. */
function look() {
  const fresh = state.messages.filter((message) => message.from === "agent" && message.delivery !== "read");
  const isSeen = state.isShown && state.view === "chat" && !document.hidden;
  const last = fresh.at(-1);
  if (last && isSeen) {
    link.send({ t: "seen", seq: last.seq });
    for (const message of fresh) message.delivery = "read";
  } else if (last && last.delivery === "accepted") {
    link.send({ t: "got", seq: last.seq });
    for (const message of fresh) message.delivery = "delivered";
  }
  const count = isSeen ? 0 : fresh.length;
  if (count !== state.unread) tell("unread", { count });
  state.unread = count;
}

/* --- the screen --- */

function go(view, isByHand = true) {
  state.view = view;
  parts = view === "chat" ? views.chat(state, act) : null;
  if (parts) keepAtEnd(parts);
  document.body.replaceChildren(parts ? parts.root : views[view](state, act), document.getElementById("sprite"));
  show();
  look();
  if (isByHand) focusView();
}

function focusView() {
  const target = parts ? parts.text : document.querySelector("form input:not([type=radio]), form textarea, h1");
  if (target && state.isShown) target.focus({ preventScroll: true });
}

function show() {
  if (!state.view) return;
  if (parts) drawChat(parts, state, act, link);
  else if (state.view === "home") {
    document.body.replaceChildren(views.home(state, act), document.getElementById("sprite"));
  }
}

function showFiles() {
  if (!parts) return;
  parts.files.replaceChildren(...state.files.map((file) => views.pendingFile(file, () => {
    state.files.splice(state.files.indexOf(file), 1);
    showFiles();
  })));
}

function problem(text) {
  if (!parts) return;
  parts.problem.hidden = !text;
  parts.problem.textContent = text;
}

function typing(who) {
  clearTimeout(typingTimer);
  if (!parts) return;
  parts.typing.textContent = who ? t("typing", who) : "";
  if (who) typingTimer = setTimeout(() => typing(""), TYPING_SHOWN_MS);
}

/* --- begin --- */

speak(config.strings, config.locale);
for (const [name, colour] of Object.entries(config.palette)) {
  document.documentElement.style.setProperty(`--${name.replace("_", "-")}`, colour);
}
document.addEventListener("visibilitychange", look);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") act.close(); });

const link = new Link({
  key: config.key,
  locale: config.locale,
  hello: () => ({
    t: "hello", token: state.token, identity: state.identity, locale: config.locale, page: state.page,
    seq: state.seq, conversation: state.conversation && state.conversation.id, topic: state.draft.topic || "",
  }),
  heard: (frame) => (fromServer[frame.t] || (() => {}))(frame),
  changed: () => show(),
});
go("home", false);
if (!isEmbedded) link.start();
setInterval(flush, RESEND_MS);
