/** Drafts: a copy on this computer at once, on the server after a short pause, with the way the reply is to go. */
import { csrf, say, send, user } from "./data.js";
import { setDraft } from "./list.js";
import { clockText } from "./timers.js";

const PAUSE_MS = 800;
let pending = null;
let timer = 0;

const key = (form, mode) => `draft:${user}:${form.dataset.conversation}:${mode}`;

/** What was begun, by mode; what this computer kept wins, it is newer. */
export function load(form) {
  const text = (mode) => localStorage.getItem(key(form, mode)) ?? form.dataset[`${mode}Draft`];
  return { reply: text("reply"), note: text("note") };
}

/** `draft`: {mode, text, seen, way}. */
export function keep(form, draft) {
  localStorage.setItem(key(form, draft.mode), draft.text);
  setDraft(Number(form.dataset.conversation), draft.text !== "");
  if (pending && (pending.form !== form || pending.mode !== draft.mode)) flush();
  pending = { form, ...draft };
  clearTimeout(timer);
  timer = setTimeout(flush, PAUSE_MS);
}

/** A message that came back while something else is open: it waits where it was written. */
export function putBack({ conversation, mode, fields }) {
  const name = `draft:${user}:${conversation}:${mode}`;
  localStorage.setItem(name, [fields.text, localStorage.getItem(name)].filter(Boolean).join("\n"));
  setDraft(conversation, true);
}

/** Sent: the server forgets it with the message. */
export function forget(form, mode) {
  clearTimeout(timer);
  pending = null;
  localStorage.removeItem(key(form, mode));
  setDraft(Number(form.dataset.conversation), false);
}

function showState(form, text, isSaved) {
  // A refusal stays in view until it is settled.
  if (form.hasAttribute("data-not-sent")) return;
  form.querySelector("[data-draft-state]").textContent = text;
  form.querySelector("[data-saved]").hidden = !isSaved;
}

/** To the server now. */
export async function flush() {
  const request = takePending();
  if (!request) return;
  const { form, mode, text, body } = request;
  try {
    const answer = await send(`${form.dataset.url}draft/`, body, { keepalive: true });
    if (!answer.ok) throw new Error(String(answer.status));
    // What was typed meanwhile is still only here.
    if (localStorage.getItem(key(form, mode)) === text) localStorage.removeItem(key(form, mode));
    showState(form, text ? say("draft_saved", clockText(Date.now())) : "", text !== "");
  } catch {
    showState(form, text ? say("draft_kept") : "", text !== "");
  }
}

/** The page goes away: nobody waits for the answer, and the copy here stays until the server is asked again. */
function leave() {
  const request = takePending();
  if (!request) return;
  request.body.append("csrfmiddlewaretoken", csrf);
  navigator.sendBeacon(`${request.form.dataset.url}draft/`, request.body);
}

function takePending() {
  const request = pending;
  pending = null;
  clearTimeout(timer);
  if (!request) return null;
  const body = new FormData();
  body.append("mode", request.mode);
  body.append("text", request.text);
  body.append("seen_seq", request.seen);
  if (request.mode === "reply" && request.form.dataset.ways !== "1") body.append("way", request.way);
  return { ...request, body };
}

export function start() {
  document.addEventListener("visibilitychange", () => document.hidden && flush());
  addEventListener("pagehide", leave);
}
