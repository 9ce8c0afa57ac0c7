/** The tabs of one person in one browser: they tell each other what was done, and agree on which of them rings. */
import { byId, user } from "./data.js";

const channel = "BroadcastChannel" in self ? new BroadcastChannel(`console:${user}`) : null;
const listeners = new Map();
const LOOKING = `looking:${user}:`;
let lookedAt = null;
let stopLooking = null;

/** Tell the other tabs. */
export const tell = (kind, detail = {}) => channel?.postMessage({ kind, ...detail });

/** Call `listener(message)` for what other tabs tell. */
export function on(kind, listener) {
  listeners.set(kind, [...(listeners.get(kind) ?? []), listener]);
}

/** Hold a name that only one tab holds at a time; the next one gets it when this tab goes. `held` says whether. */
export function claim(name) {
  const claimed = { held: !navigator.locks };
  navigator.locks?.request(`${name}:${user}`, () => {
    claimed.held = true;
    return new Promise(() => {}); // until the tab goes
  });
  return claimed;
}

/** This tab is on the screen and shows that conversation (0 for none), or is not looked at. */
export function look(conversation) {
  const name = document.hidden ? null : `${LOOKING}${conversation}`;
  if (name === lookedAt) return;
  lookedAt = name;
  stopLooking?.();
  stopLooking = null;
  if (name) navigator.locks?.request(name, { mode: "shared" }, () => new Promise((done) => (stopLooking = done)));
}

/** The conversations that some tab of this person shows now; 0 for a tab that shows none. Empty: nobody looks. */
export async function looked() {
  if (!navigator.locks) return new Set(document.hidden ? [] : [Number(lookedAt?.slice(LOOKING.length) ?? 0)]);
  const { held } = await navigator.locks.query();
  return new Set(held.filter(({ name }) => name.startsWith(LOOKING)).map(({ name }) => Number(name.slice(LOOKING.length))));
}

/** What another tab has just sent is no draft here any more. */
addEventListener("storage", ({ key, newValue }) => {
  if (key !== `outbox:${user}`) return;
  for (const { conversation, mode, fields } of JSON.parse(newValue ?? "[]")) {
    const form = byId(`composer-${conversation}`);
    const field = form?.elements.mode.value === mode && form.elements.text;
    if (!field || field.value !== fields.text) continue;
    field.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
});

channel?.addEventListener("message", ({ data }) => {
  for (const listener of listeners.get(data.kind) ?? []) listener(data);
});
