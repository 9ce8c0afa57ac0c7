/**
 * The list: rows are changed in place and moved, never rebuilt, so that focus and scroll stay. While the list is
 * hovered or walked through by keyboard its order is frozen.
 */
import { byId, drafts, load, say } from "./data.js";
import * as bulk from "./list-bulk.js";
import * as filters from "./list-filters.js";
import * as focus from "./list-focus.js";
import { belongs, hasMoved, idOf, isInPlace, isMine, isWrapping, keep, place, readList, rowOf, rows, tidy } from "./list-order.js";
import { writeTimes } from "./timers.js";

export { selectAllShown, toggleSelect } from "./list-bulk.js";
export { next, openCurrent, previous, step, toggleUnread } from "./list-focus.js";

const QUIET_MS = 5_000;
// Rows whose new place has to wait until the order thaws.
const waiting = new Map();
// Rows that came while a page was on its way, which may be older than they are.
const arrived = [];
let current = 0;
// Where one was in the list that is being replaced.
let left = {};
let loading = 0;
let unheard = new Set();
let announceTimer = 0;

function isFrozen() {
  const body = byId("list-body");
  if (matchMedia("(hover: hover)").matches && (body.matches(":hover") || byId("newer").matches(":hover"))) return true;
  return body.contains(document.activeElement) && document.activeElement.matches(":focus-visible");
}

/** Marks that differ by viewer: mine, being wrapped up, a draft of one's own, selected, open here. */
function mark(row) {
  row.classList.toggle("mine", isMine(row));
  row.classList.toggle("wraps", isWrapping(row));
  row.classList.toggle("has-draft", drafts.has(idOf(row)));
  bulk.mark(row);
  const link = row.querySelector("a");
  if (idOf(row) === current) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
}

function settle(row) {
  // What one has just taken is where one looks for it, frozen or not.
  const isNewAndMine = !row.isConnected && isMine(row);
  if (!isFrozen() || isNewAndMine || isInPlace(row)) {
    waiting.delete(row.id);
    place(row);
    tidy();
    showWaiting();
    return;
  }
  waiting.set(row.id, row);
  showWaiting();
}

function showWaiting() {
  const button = byId("newer");
  button.hidden = !waiting.size;
  if (waiting.size) button.textContent = say("newer", waiting.size);
}

function thaw(force = false) {
  if (!waiting.size || (!force && isFrozen())) return;
  const held = [...waiting.values()];
  waiting.clear();
  showWaiting();
  held.forEach(place);
  tidy();
}

/** Tell screen readers, in one line and not too often, that other conversations got messages. */
function announce(row) {
  unheard.add(row.dataset.conversation);
  announceTimer ||= setTimeout(() => {
    byId("announcer").textContent = say("new_messages", unheard.size);
    unheard = new Set();
    announceTimer = 0;
  }, QUIET_MS);
}

function change(known, row) {
  const unread = Number(known.dataset.unread);
  for (const { name, value } of [...row.attributes]) if (name !== "class") known.setAttribute(name, value);
  const link = known.querySelector("a");
  const next = row.querySelector("a");
  link.className = next.className;
  link.replaceChildren(...next.childNodes);
  mark(known);
  if (Number(known.dataset.unread) > unread && idOf(known) !== current) announce(known);
  if (hasMoved(known)) settle(known);
}

/** A row as it is now, out of a frame. Older news than what is shown changes nothing. */
export function takeRow(row) {
  if (loading) arrived.push(row.cloneNode(true));
  const known = rowOf(row.dataset.conversation) ?? waiting.get(row.id);
  if (known && Number(known.dataset.seq) > Number(row.dataset.seq)) return;
  if (!belongs(row, idOf(row) === current)) {
    removeRow(row.dataset.conversation);
    return;
  }
  writeTimes(row);
  if (known) {
    change(known, row);
    return;
  }
  mark(row);
  if (Number(row.dataset.unread)) announce(row);
  settle(row);
}

export function removeRow(conversation) {
  waiting.delete(`row-${conversation}`);
  showWaiting();
  bulk.forget(Number(conversation));
  const row = rowOf(conversation);
  if (!row) return;
  focus.leave(row);
  row.remove();
  tidy();
}

/** The conversation that the pane shows; 0 for none. */
export function setCurrent(conversation) {
  const before = rowOf(current);
  current = conversation;
  const row = rowOf(current);
  if (before && !belongs(before, false)) removeRow(idOf(before));
  else if (before) mark(before);
  if (row) mark(row);
  focus.adopt(row);
}

export function setDraft(conversation, exists) {
  if (exists) drafts.add(conversation);
  else drafts.delete(conversation);
  const row = rowOf(conversation);
  if (row) mark(row);
}

/** After a reset, a new connection or another address: the first page again. */
export const refetch = () => load(`/console/list/${filters.address()}`, "#list-body");

/** A line that a page has brought. A row that is here already stays where it is, as new as either is. */
function adoptLine(line) {
  if (!line.classList.contains("conv")) {
    keep(line);
    return;
  }
  const known = rowOf(line.dataset.conversation);
  if (known === line) {
    keep(line);
    mark(line);
    return;
  }
  line.remove();
  takeRow(line);
}

function adoptAll() {
  waiting.clear();
  showWaiting();
  const list = readList();
  for (const line of rows().children) keep(line);
  rows().querySelectorAll(".conv").forEach(mark);
  tidy();
  filters.adopt(list);
  bulk.adopt();
  focus.adopt(rowOf(current));
}

function swapped({ target }) {
  if (target.id === "list-body") {
    adoptAll();
    returnTo(left);
  } else if (target.parentNode === rows()) adoptLine(target);
}

/** Rows go before others come: htmx would walk through each of thousands. The place and the focus are kept. */
function swapping({ target, detail }) {
  const body = byId("list-body");
  if (target !== body || detail.target !== body || !detail.shouldSwap) return;
  left = { query: rows().dataset.query, top: body.scrollTop, focused: document.activeElement?.closest("#rows a, #rows input")?.closest(".conv").id };
  body.replaceChildren();
}

function returnTo({ query, top, focused }) {
  if (query !== rows().dataset.query) return;
  byId("list-body").scrollTop = top;
  const row = focused && byId(focused);
  if (row) row.querySelector("a").focus({ preventScroll: true });
}

function loaded() {
  loading -= 1;
  tidy();
  if (!loading) arrived.splice(0).forEach(takeRow);
}

export function start() {
  filters.start();
  bulk.start();
  focus.start();
  adoptAll();
  const body = byId("list-body");
  body.addEventListener("htmx:beforeRequest", () => (loading += 1));
  body.addEventListener("htmx:beforeSwap", swapping);
  body.addEventListener("htmx:afterSwap", swapped);
  body.addEventListener("htmx:afterRequest", loaded);
  for (const part of [body, byId("newer")]) part.addEventListener("mouseleave", () => setTimeout(thaw));
  body.addEventListener("focusout", () => setTimeout(thaw));
  byId("newer").addEventListener("click", () => thaw(true));
}
