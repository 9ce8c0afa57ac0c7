/**
 * What was sent and has not arrived: kept on this computer, sent in order with the same ids, so that neither a lost
 * connection nor a closed tab loses or doubles a message.
 */
import { post, user } from "./data.js";

const KEY = `outbox:${user}`;
const RETRY_MS = 4_000;
let handlers = { sent() {}, refused() {} };
let timer = 0;

export const entries = () => JSON.parse(localStorage.getItem(KEY) ?? "[]");
const store = (list) => localStorage.setItem(KEY, JSON.stringify(list));
const without = (id) => store(entries().filter((entry) => entry.fields.client_id !== id));

/** `entry`: {url, conversation, mode, fields: {text, client_id, …}}. */
export function add(entry) {
  store([...entries(), entry]);
  drain();
}

async function sendFirst() {
  const entry = entries()[0];
  if (!entry) return false;
  let answer;
  try {
    answer = await post(entry.url, entry.fields);
  } catch {
    return false;
  }
  // The server is there but cannot now: the same again later. Anything else is its last word.
  if (answer.status >= 500) return false;
  without(entry.fields.client_id);
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) handlers.sent(entry, said);
  else handlers.refused(entry, said);
  return true;
}

/** Send what waits, one after the other; one tab at a time. */
export function drain() {
  clearTimeout(timer);
  const work = async () => {
    while (await sendFirst());
    if (entries().length) timer = setTimeout(drain, RETRY_MS);
  };
  return navigator.locks ? navigator.locks.request(KEY, work) : work();
}

export function start(given) {
  handlers = given;
  addEventListener("online", drain);
  drain();
}
