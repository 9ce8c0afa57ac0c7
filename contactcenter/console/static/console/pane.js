/** The open conversation: opened and left, marked read; its desk. Its entries are the timeline's. */
import { byId, load, post } from "./data.js";
import * as composer from "./composer.js";
import { address } from "./list-filters.js";
import * as list from "./list.js";
import * as presence from "./presence.js";
import * as timeline from "./timeline.js";

const READ_MS = 400;
const DESK_MS = 60;
let readTimer = 0;
let deskTimer = 0;
let paneLoading = Promise.resolve();
let asked = 0;
let filling = 0;
/** Conversations whose desk changed while a pane was filled: its answer may be older than that. */
const staleDesks = new Set();

const pane = () => byId("open");
export const current = () => Number(pane()?.dataset.conversation ?? 0);

function setView(view) {
  byId("app").dataset.view = view;
}

/** After the pane was filled. */
function adopt() {
  timeline.adopt();
  presence.look(current());
  list.setCurrent(current());
  if (!current() && !byId("customer-pane")) byId("context").replaceChildren();
  composer.adopt();
  markRead();
}

/** Fill the pane with whatever stands at `url`. */
async function fill(url) {
  composer.flush();
  filling += 1;
  const mine = ++asked;
  // One after the other; of those that wait the last one counts.
  await Promise.allSettled([paneLoading]);
  try {
    if (mine !== asked) return;
    clearTimeout(deskTimer); // it comes with the pane
    paneLoading = load(url, "#pane");
    await paneLoading;
  } finally {
    filling -= 1;
  }
  adopt();
  if (filling) return;
  const isStale = staleDesks.has(current());
  staleDesks.clear();
  if (isStale) refreshDesk(current());
}

export { fill as show };

/** Show a conversation, at the message `at` if one is named. */
export async function open(conversation, { push = true, at = "" } = {}) {
  if (push && conversation !== current()) history.pushState({ conversation }, "", `/console/c/${conversation}/${address()}`);
  setView("pane");
  await fill(`/console/c/${conversation}/${at && `?at=${at}`}`);
}

async function empty() {
  setView("list");
  await fill("/console/");
}

/** Nothing open: the day so far. */
function home() {
  history.pushState({}, "", `/console/${address()}`);
  empty();
}

/** The conversation again, as after a reset. */
export const reopen = () => (current() ? fill(`/console/c/${current()}/`) : undefined);

/** It can no longer be seen here. */
export function gone(conversation) {
  list.removeRow(conversation);
  if (conversation !== current()) return;
  history.replaceState({}, "", `/console/${address()}`);
  empty();
}

/** Who has it may have changed: head, actions and the place for writing again; what is being written stays. */
export function refreshDesk(conversation) {
  if (filling) {
    staleDesks.add(conversation); // it may be the one that comes
    return;
  }
  if (conversation !== current()) return;
  clearTimeout(deskTimer);
  deskTimer = setTimeout(() => {
    if (filling) staleDesks.add(conversation);
    else if (conversation === current()) load(`/console/c/${conversation}/desk/`, "#desk").catch(() => {});
  }, DESK_MS);
}

function markRead() {
  const desk = byId("desk")?.firstElementChild;
  const conversation = current();
  if (!conversation || document.hidden || desk?.dataset.handling !== "yes") return;
  clearTimeout(readTimer);
  readTimer = setTimeout(() => {
    const row = byId(`row-${conversation}`);
    if (!row || Number(row.dataset.unread)) post(`/console/c/${conversation}/read/`, {}).catch(() => {});
  }, READ_MS);
}

/** An html frame: its row into the list, its entries into the timeline if that is open. */
export function take(frame) {
  const template = document.createElement("template");
  template.innerHTML = frame.html;
  for (const element of [...template.content.children]) {
    const where = element.getAttribute("hx-swap-oob") ?? "";
    element.removeAttribute("hx-swap-oob");
    if (element.classList.contains("conv")) list.takeRow(element);
    else if (where.startsWith("beforeend:")) came(timeline.append(where.slice("beforeend:".length), element, frame));
    else timeline.replace(element);
  }
  // Entries stand elsewhere now: merged, split, taken back.
  if (frame.reload && timeline.isShown(frame.conversation)) reopen();
  else if (frame.handling) refreshDesk(frame.conversation);
}

function came(entries) {
  if (!entries?.length) return;
  entries.forEach(presence.wrote);
  markRead();
}

function clicked(event) {
  const link = event.target.closest("a[data-open]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    open(Number(link.dataset.open), { at: link.dataset.at });
    return;
  }
  const view = event.target.closest("button[data-view]");
  if (view) setView(view.dataset.view);
}

function went() {
  const found = location.pathname.match(/^\/console\/c\/(\d+)\/$/);
  // Only the list may be another one.
  if (found && Number(found[1]) === current()) return;
  if (found) open(Number(found[1]), { push: false });
  else empty();
}

export function start() {
  adopt();
  document.addEventListener("click", clicked);
  document.addEventListener("timeline", composer.adopt);
  document.addEventListener("visibilitychange", markRead);
  addEventListener("popstate", went);
  document.body.addEventListener("show-conversation", (event) => (event.detail.value ? open(event.detail.value) : home()));
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "desk") return;
    composer.adopt();
    markRead();
  });
}
