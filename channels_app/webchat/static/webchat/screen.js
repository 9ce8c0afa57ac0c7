/* The screen: one view at a time, brought in line with the state whenever that has changed. */

import { t } from "./dom.js";
import { home } from "./home.js";
import { tell } from "./host.js";
import { link } from "./link.js";
import { state } from "./state.js";

const TYPING_SHOWN_MS = 6000;
const RETRY_MS = 3000;
const sprite = document.getElementById("sprite");
let parts = null;
let typingTimer = 0;
let act = {};
let told = 0;

export function begin(acts) {
  act = acts;
  document.addEventListener("visibilitychange", look);
  go("home", false);
  addEventListener("load", () => setTimeout(() => { for (const view of ["form", "chat"]) VIEWS[view]().catch(() => {}); }, 500));
}

/** A view builds its nodes once: `root`, `draw()` that brings them up to date, and `focus` for who comes by hand.
    All but the first are fetched when there is time, or need. */
const VIEWS = {
  home: () => home,
  form: async () => (await import("./form.js")).form,
  chat: async () => (await import("./talk.js")).talk,
  earlier: async () => (await import("./earlier.js")).earlier,
};

export async function go(view, isByHand = true) {
  state.view = view;
  let make;
  try {
    make = await VIEWS[view]();
  } catch {
    setTimeout(() => state.view === view && go(view, isByHand), RETRY_MS); // no line: what is on screen stays
    return;
  }
  if (state.view !== view) return;
  parts = make(state, act);
  document.body.replaceChildren(parts.root, sprite);
  show();
  look();
  if (isByHand) focus();
}

export function focus() {
  if (parts && state.isShown) (parts.focus || parts.root.querySelector("h1")).focus({ preventScroll: true });
}

export function show() {
  if (parts) parts.draw();
}

/** The chat's own nodes, while it is the view. */
export const chatParts = () => (state.view === "chat" && parts && parts.log ? parts : null);

export function problem(text) {
  if (!parts || !parts.problem) return;
  parts.problem.hidden = !text;
  parts.problem.textContent = text;
}

export function typing(who) {
  clearTimeout(typingTimer);
  const chatting = chatParts();
  if (!chatting) return;
  chatting.typing.textContent = who ? t("typing", who) : "";
  if (who) typingTimer = setTimeout(() => typing(""), TYPING_SHOWN_MS);
}

/** What is on screen is seen; what is not has been delivered, and counts. */
export function look() {
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
  state.unread = isSeen ? 0 : fresh.length;
  const elsewhere = state.conversations.filter((row) => !state.conversation || row.id !== state.conversation.id);
  const count = elsewhere.reduce((sum, row) => sum + (row.unread || 0), state.unread);
  if (count !== told) tell("unread", { count: (told = count) });
}
