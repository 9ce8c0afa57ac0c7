/**
 * The list: rows are changed in place and moved, never rebuilt, so that focus and scroll stay. While the list is
 * hovered or walked through by keyboard its order is frozen.
 */
import { byId, drafts, load, say, user } from "./data.js";
import { writeTimes } from "./timers.js";

const QUIET_MS = 5_000;
const waiting = new Map();
let current = 0;
// The tab that was chosen; the rows follow when they have come.
let wanted = "";
let unheard = new Set();
let announceTimer = 0;

const rows = () => byId("rows");
const tab = () => rows().dataset.tab;
const people = (row) => row.dataset.people.split(" ").map(Number);
const rowOf = (conversation) => byId(`row-${conversation}`);

function belongs(row) {
  return tab() === "mine" ? people(row).includes(user) : row.dataset.tabs.split(" ").includes(tab());
}

/** Greater comes first: the queue by its own order, everything else by the last message. */
const rank = (row) => (tab() === "queue" ? -Number(row.dataset.rank) : Number(row.dataset.sort));

function isFrozen() {
  const body = byId("list-body");
  return (matchMedia("(hover: hover)").matches && body.matches(":hover")) || body.querySelector(":focus-visible") !== null;
}

/** Marks that differ by viewer: mine, a draft of one's own, open here. */
function mark(row) {
  row.classList.toggle("mine", people(row).includes(user));
  row.classList.toggle("has-draft", drafts.has(Number(row.dataset.conversation)));
  const link = row.querySelector("a");
  if (Number(row.dataset.conversation) === current) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
}

/** The row before which this one belongs; null for the end. */
function nextOf(row) {
  for (const other of rows().children) {
    if (other !== row && (!other.classList.contains("conv") || rank(other) < rank(row))) return other;
  }
  return null;
}

const isInPlace = (row) => row.parentNode === rows() && row.nextElementSibling === nextOf(row);

function place(row) {
  if (isInPlace(row)) return;
  const list = rows();
  const next = nextOf(row);
  if (row.parentNode === list && list.moveBefore) {
    list.moveBefore(row, next);
    return;
  }
  const focused = row.contains(document.activeElement) ? document.activeElement : null;
  list.insertBefore(row, next);
  focused?.focus({ preventScroll: true });
}

function settle(row) {
  if (isInPlace(row)) return;
  // What one has just taken is where one looks for it, frozen or not.
  const isNewAndMine = !row.isConnected && people(row).includes(user);
  if (!isFrozen() || isNewAndMine) {
    place(row);
    return;
  }
  waiting.set(row.id, row);
  const button = byId("newer");
  button.textContent = say("newer", waiting.size);
  button.hidden = false;
}

function thaw(force = false) {
  if (!waiting.size || (!force && isFrozen())) return;
  const held = [...waiting.values()];
  waiting.clear();
  byId("newer").hidden = true;
  held.filter((row) => !row.isConnected || row.parentNode === rows()).forEach(place);
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
  const before = { place: rank(known), unread: Number(known.dataset.unread) };
  for (const { name, value } of [...row.attributes]) if (name !== "class") known.setAttribute(name, value);
  const link = known.querySelector("a");
  const next = row.querySelector("a");
  link.className = next.className;
  link.replaceChildren(...next.childNodes);
  mark(known);
  if (Number(known.dataset.unread) > before.unread && Number(known.dataset.conversation) !== current) announce(known);
  if (rank(known) !== before.place) settle(known);
}

/** A row as it is now, out of a frame. Older news than what is shown changes nothing. */
export function takeRow(row) {
  const known = rowOf(row.dataset.conversation) ?? waiting.get(row.id);
  if (known && Number(known.dataset.seq) > Number(row.dataset.seq)) return;
  if (!belongs(row)) {
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
  rowOf(conversation)?.remove();
}

/** The conversation that the pane shows; 0 for none. */
export function setCurrent(conversation) {
  current = conversation;
  rows().querySelectorAll(".conv").forEach(mark);
}

export function setDraft(conversation, exists) {
  if (exists) drafts.add(conversation);
  else drafts.delete(conversation);
  const row = rowOf(conversation);
  if (row) mark(row);
}

/** After a reset, a new connection or another tab: the first page again. */
export function refetch(name = wanted) {
  wanted = name;
  return load(`/console/list/?tab=${name}`, "#list-body");
}

function adopt() {
  waiting.clear();
  byId("newer").hidden = true;
  rows().querySelectorAll(".conv").forEach(mark);
  for (const link of byId("tabs").querySelectorAll("a")) {
    if (link.dataset.tab === tab()) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

export function start() {
  wanted = tab();
  adopt();
  byId("tabs").addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    refetch(link.dataset.tab);
  });
  const body = byId("list-body");
  body.addEventListener("htmx:afterSettle", adopt);
  body.addEventListener("mouseleave", () => thaw());
  body.addEventListener("focusout", () => setTimeout(thaw));
  byId("newer").addEventListener("click", () => thaw(true));
}
