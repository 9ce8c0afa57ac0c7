/**
 * What was sent and has not arrived: kept on this computer, sent in order with the same ids, so that neither a lost
 * connection nor a closed tab loses or doubles a message.
 */
import { byId, post, say, user } from "./data.js";
import { clockText } from "./timers.js";

const KEY = `outbox:${user}`;
const RETRY_MS = 4_000;
const PATIENCE_MS = 20_000;
// What arrives within this time never was in the outbox, as people see it.
const SHOWN_AFTER_MS = 3_000;
let handlers = { sent() {}, refused() {}, taken() {}, waits() {} };
let timer = 0;
let showTimer = 0;

export const entries = () => JSON.parse(localStorage.getItem(KEY) ?? "[]");

function store(list) {
  localStorage.setItem(KEY, JSON.stringify(list));
  show();
}

const without = (id) => store(entries().filter((entry) => entry.fields.client_id !== id));

/** One tab at a time looks after it: two of them would send the same message twice. */
const alone = (work) => (navigator.locks ? navigator.locks.request(KEY, work) : work());

/** `entry`: {url, conversation, mode, customer, fields: {text, client_id, …}, files: [{id, name}]}. */
export function add(entry) {
  store([...entries(), { ...entry, at: Date.now() }]);
  drain();
}

/** The server is there but cannot take it now (it is down, or the session has ended): the same again later. */
const isForLater = (status, said) => status >= 500 || status === 401 || status === 429 || (status === 403 && !said.code);

async function sendFirst() {
  const entry = entries()[0];
  if (!entry) return false;
  let answer;
  try {
    answer = await post(entry.url, entry.fields, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    return false;
  }
  const said = await answer.json().catch(() => ({}));
  if (isForLater(answer.status, said)) return false;
  without(entry.fields.client_id);
  if (answer.ok) handlers.sent(entry, said);
  else handlers.refused(entry, said);
  return true;
}

/** Send what waits, one after the other. */
export function drain() {
  clearTimeout(timer);
  return alone(async () => {
    while (await sendFirst());
    const left = entries();
    if (!left.length) return;
    timer = setTimeout(drain, RETRY_MS);
    left.forEach(handlers.waits);
  });
}

/** Not sent after all, unless it has just gone out. */
export const takeBack = (id) =>
  alone(() => {
    const entry = entries().find(({ fields }) => fields.client_id === id);
    if (!entry) return;
    without(id);
    handlers.taken(entry);
  });

function row(entry) {
  const item = byId("outbox-row").content.cloneNode(true);
  const words = item.querySelectorAll("span span");
  item.querySelector("b").textContent = entry.mode === "note" ? say("note_for", entry.customer) : entry.customer;
  words[0].textContent = entry.fields.text || entry.files.map(({ name }) => name).join(", ");
  item.querySelector("time").textContent = clockText(entry.at);
  item.querySelector("button").dataset.outboxBack = entry.fields.client_id;
  return item;
}

/** The list, once something has waited for longer than a moment. */
function show() {
  clearTimeout(showTimer);
  const region = byId("outbox");
  const waiting = entries();
  const wait = waiting.length ? waiting[0].at + SHOWN_AFTER_MS - Date.now() : 0;
  if (wait > 0) showTimer = setTimeout(show, wait);
  region.hidden = !waiting.length || (wait > 0 && region.hidden);
  byId("outbox-count").textContent = say("outbox_wait", waiting.length);
  byId("outbox-rows").replaceChildren(...waiting.map(row));
}

export function start(given) {
  handlers = given;
  addEventListener("online", drain);
  addEventListener("storage", (event) => event.key === KEY && show());
  // In the list, and beside the pale message itself.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-outbox-back]");
    if (button) takeBack(button.dataset.outboxBack);
  });
  show();
  drain();
}
