/** The open conversation: opened and left, kept complete, marked read; its timeline, its desk, who is writing. */
import { byId, load, post, say } from "./data.js";
import * as composer from "./composer.js";
import { address } from "./list-filters.js";
import * as list from "./list.js";
import * as live from "./live.js";
import { writeTimes } from "./timers.js";

const TYPING_MS = 6_000;
const READ_MS = 400;
const DESK_MS = 60;
let shown = new Set();
let typingTimer = 0;
let readTimer = 0;
let deskTimer = 0;

const pane = () => byId("open");
export const current = () => Number(pane()?.dataset.conversation ?? 0);
const scroller = () => byId("scroller");

function setView(view) {
  byId("app").dataset.view = view;
}

/** After the pane was filled: follow its conversations from where the page stands. */
function adopt() {
  const seqs = JSON.parse(pane()?.dataset.seqs ?? "{}");
  const next = new Set(Object.keys(seqs).map(Number));
  for (const conversation of shown) if (!next.has(conversation)) live.shut(conversation);
  for (const conversation of next) live.open(conversation, seqs[conversation]);
  shown = next;
  list.setCurrent(current());
  if (!current() && !byId("customer-pane")) byId("context").replaceChildren();
  composer.adopt();
  markRead();
}

/** Fill the pane with whatever stands at `url`. */
async function fill(url) {
  composer.flush();
  await load(url, "#pane");
  adopt();
}

export { fill as show };

/** Show a conversation. */
export async function open(conversation, { push = true } = {}) {
  if (push && conversation !== current()) history.pushState({ conversation }, "", `/console/c/${conversation}/${address()}`);
  setView("pane");
  await fill(`/console/c/${conversation}/`);
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
  if (conversation !== current()) return;
  clearTimeout(deskTimer);
  deskTimer = setTimeout(() => {
    if (conversation === current()) load(`/console/c/${conversation}/desk/`, "#desk");
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

/** An entry of a frame goes to the end of its timeline, or in place of itself. */
function place(timeline, entry) {
  const known = byId(entry.id);
  writeTimes(entry);
  if (known) {
    known.replaceWith(entry);
    return false;
  }
  if (entry.dataset.client) timeline.querySelector(`.pending[data-client="${CSS.escape(entry.dataset.client)}"]`)?.remove();
  const pending = timeline.querySelector(".pending");
  timeline.insertBefore(entry, pending);
  return true;
}

/** An html frame: its row into the list, its entries into the timeline if that is open. */
export function take(frame) {
  const template = document.createElement("template");
  template.innerHTML = frame.html;
  for (const element of [...template.content.children]) {
    const where = element.getAttribute("hx-swap-oob") ?? "";
    element.removeAttribute("hx-swap-oob");
    if (element.classList.contains("conv")) list.takeRow(element);
    else if (where.startsWith("beforeend:")) append(where.slice("beforeend:".length), element, frame.fresh);
    else if (byId(element.id)) place(byId(element.id).parentNode, element);
  }
  // Entries stand elsewhere now: merged, split, taken back.
  if (frame.reload && shown.has(frame.conversation)) reopen();
  else if (frame.handling) refreshDesk(frame.conversation);
}

function append(selector, entries, fresh) {
  const timeline = document.querySelector(selector);
  if (!timeline || !fresh) return;
  const isReading = scroller().scrollTop < -80;
  let added = false;
  for (const entry of [...entries.children]) {
    added = place(timeline, entry) || added;
    if (entry.dataset.kind === "in") stopTyping();
  }
  if (added && isReading) byId("jump").hidden = false;
  if (added) markRead();
}

function stopTyping() {
  clearTimeout(typingTimer);
  const line = byId("typing");
  if (line) line.hidden = true;
}

/** Somebody writes in a conversation of this timeline; forgotten after six seconds. */
export function showTyping(frame) {
  const line = byId("typing");
  if (!line || !shown.has(frame.conversation)) return;
  const customer = byId("pane-head")?.querySelector("h1")?.textContent ?? "";
  line.querySelector("span:last-child").textContent = say("typing", frame.who || customer);
  line.hidden = false;
  clearTimeout(typingTimer);
  typingTimer = setTimeout(stopTyping, TYPING_MS);
}

function clicked(event) {
  const link = event.target.closest("a[data-open]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    open(Number(link.dataset.open));
    return;
  }
  const view = event.target.closest("button[data-view]");
  if (view) setView(view.dataset.view);
  if (event.target.closest("#jump")) scroller().scrollTop = 0;
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
  document.addEventListener("scroll", () => {
    if (scroller()?.scrollTop > -8) byId("jump").hidden = true;
  }, { capture: true, passive: true });
  document.addEventListener("visibilitychange", markRead);
  addEventListener("popstate", went);
  document.body.addEventListener("show-conversation", (event) => (event.detail.value ? open(event.detail.value) : home()));
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "desk") return;
    composer.adopt();
    markRead();
  });
}
