/** Drafts: a copy on this computer at once, on the server after a short pause. */
import { csrf, say, user } from "./data.js";
import { setDraft } from "./list.js";

const PAUSE_MS = 800;
let pending = null;
let timer = 0;

const key = (form, mode) => `draft:${user}:${form.dataset.conversation}:${mode}`;

/** What was begun, by mode; what this computer kept wins, it is newer. */
export function load(form) {
  const text = (mode) => localStorage.getItem(key(form, mode)) ?? form.dataset[`${mode}Draft`] ?? "";
  return { reply: text("reply"), note: text("note") };
}

export function keep(form, mode, text, seen, status) {
  localStorage.setItem(key(form, mode), text);
  setDraft(Number(form.dataset.conversation), text !== "");
  if (pending && (pending.form !== form || pending.mode !== mode)) flush();
  pending = { form, mode, text, seen, status };
  clearTimeout(timer);
  timer = setTimeout(flush, PAUSE_MS);
}

/** Sent: the server forgets it with the message. */
export function forget(form, mode) {
  clearTimeout(timer);
  pending = null;
  localStorage.removeItem(key(form, mode));
  setDraft(Number(form.dataset.conversation), false);
}

/** To the server now; `keepalive` lets it finish while the page goes away. */
export async function flush() {
  if (!pending) return;
  const { form, mode, text, seen, status } = pending;
  pending = null;
  clearTimeout(timer);
  const body = new FormData();
  body.append("mode", mode);
  body.append("text", text);
  body.append("seen_seq", seen);
  try {
    const headers = { "X-CSRFToken": csrf };
    const answer = await fetch(form.dataset.draftUrl, { method: "POST", body, headers, keepalive: true });
    if (!answer.ok) throw new Error(String(answer.status));
    localStorage.removeItem(key(form, mode));
    status.textContent = text ? say("draft_saved") : "";
  } catch {
    status.textContent = text ? say("draft_kept") : "";
  }
}
