/* What people do. Messages stay in the outbox, and in the page's storage, until the server has acknowledged them. */

import { t, uuid } from "./dom.js";
import { tell } from "./host.js";
import { link, Refusal } from "./link.js";
import { chatParts, go, look, show } from "./screen.js";
import { isRunning, list, state } from "./state.js";

const TYPING_MS = 3000;
export const RESEND_MS = 10000;
const FORM = ["name", "email", "phone", "topic", "order", "consent", "website"];
let typedAt = 0;

/** The words for whatever went wrong. */
const wordsOf = (error) => (error instanceof Refusal ? error.message : t("no_connection"));
const about = (path) => `conversations/${state.conversation.id}/${path}`;

/** Send what has not been acknowledged; a message may go twice, and is one by its id. */
export function flush() {
  for (const message of state.outbox) {
    if (message.failed || Date.now() - message.sentAt < RESEND_MS) continue;
    const { id, text, first, proof } = message;
    const frame = { t: "message", id, text, files: message.files.map((file) => file.id), page: state.visit.url || "" };
    if (!isRunning()) Object.assign(frame, { ...first, ref: state.ref, visit: visit() });
    if (proof) frame.proof = proof;
    if (link.send(frame)) message.sentAt = Date.now();
  }
}

function visit() {
  const { title, referrer, consented, views, events, values } = state.visit;
  return { title, referrer, consented, views, events, set: values };
}

export function settle(id) {
  if (!state.outbox.some((message) => message.id === id)) return;
  state.outbox = state.outbox.filter((message) => message.id !== id);
  tell("settled", { id });
}

function send(text, files, first = null) {
  const message = { id: uuid(), text: text.trim(), files, first, sentAt: 0, at: new Date().toISOString() };
  state.outbox.push(message);
  tell("put", { message });
  if (state.view === "chat") show();
  else go("chat");
  flush();
}

export const act = {
  close: () => tell("close"),
  showHome: () => go("home"),
  showChat: () => go("chat"),
  showEarlier(conversation) {
    state.shown = conversation;
    go("earlier");
  },
  speakIn: (locale) => tell("locale", { locale }),

  /** To the form before a chat; `topic` where one was chosen on the way. */
  begin(topic) {
    if (topic !== undefined) state.draft.topic = topic;
    Object.assign(state, { errors: {} });
    go("form");
  },
  /** The form once more, with what is wrong in it. */
  mend: () => go("form"),
  submit() {
    const first = Object.fromEntries(FORM.map((name) => [name, state.draft[name] || (name === "consent" ? false : "")]));
    send(state.draft.text, [], first);
    state.draft = { topic: state.draft.topic };
    state.greeting = "";
  },

  /** At once, or as soon as the files are there; a recording ends with it. */
  sendTyped() {
    const { text } = chatParts();
    const words = text.value.trim();
    const coming = state.files.filter((file) => !file.id);
    state.isSending = coming.length > 0;
    for (const file of coming) file.finish?.();
    if (state.isSending || (!words && !state.files.length)) return;
    send(words, state.files.splice(0));
    text.value = state.draft.text = "";
    typedAt = 0; // the next words are news again
    show();
  },
  choose: (text) => send(text, []),
  typed(text) {
    state.draft.text = text;
    if (Date.now() - typedAt <= TYPING_MS || !text) return;
    typedAt = Date.now();
    link.send({ t: "typing" });
  },
  addFiles(given) {
    if (!isRunning()) return false;
    import("./files.js").then((files) => [...given].forEach(files.upload));
    return true;
  },
  record: () => import("./voice.js").then((voice) => voice.record()),
  dropFile(file) {
    if (file.stop) file.stop();
    state.isSending = false;
    state.files = state.files.filter((other) => other !== file);
    show();
  },
  retry(message) {
    const again = state.outbox.find((row) => row.id === message.client);
    if (again) Object.assign(again, { sentAt: 0, problem: "", failed: false });
    show();
    flush();
  },
  older: () => import("./earlier.js").then((earlier) => earlier.loadOlder()),

  ask(question) {
    state.card.question = question;
    show();
  },
  end() {
    link.send({ t: "end" });
    act.ask("");
  },

  /* --- the cards --- */
  rate: () => work(async () => {
    const { score, comment } = state.card;
    const { conversation } = await link.ask(about("rating/"), { score, comment: comment || "" });
    state.conversation = conversation;
    state.card.isChanging = false;
    list();
    tell("event", { name: "csat", data: { score, comment: comment || "" } });
  }),
  leave: () => work(async () => {
    const { name, email } = state.card;
    const { conversation, person, code_sent: isSent } = await link.ask(about("leave/"), { name, email });
    Object.assign(state, { conversation, person });
    state.card.step = isSent ? "code" : "";
    list();
  }),
  giveEmail: () => work(async () => {
    const { person } = await link.ask("email/", { email: state.card.email || "" });
    state.person = person;
    state.card.step = "code";
  }),
  giveCode: () => work(async () => {
    const { person } = await link.ask("email/code/", { code: (state.card.code || "").trim() });
    state.person = person;
    Object.assign(state.card, { step: "", code: "" });
    if (state.card.wantsCopy) await copy("email");
  }),
  copy: (way) => work(() => copy(way)),
  erase: () => work(async () => {
    const { text } = await link.ask("erase/", {});
    tell("forget");
    state.notice = text;
  }),
};

async function copy(way) {
  if (way === "email" && state.person.email_level !== "verified") {
    Object.assign(state.card, { step: "email", wantsCopy: true });
    return;
  }
  const { email, url } = await link.ask(about("transcript/"), { way });
  Object.assign(state.card, { wantsCopy: false, done: email ? t("copy_sent", email) : "" });
  if (url) Object.assign(document.createElement("a"), { href: url, download: "" }).click();
}

/** One thing at a time: its button waits, and what goes wrong is said in the card. */
async function work(doIt) {
  if (state.card.isBusy) return;
  Object.assign(state.card, { isBusy: true, problem: "", done: "" });
  show();
  try {
    await doIt();
  } catch (error) {
    state.card.problem = wordsOf(error);
  }
  state.card.isBusy = false;
  show();
  look();
}
