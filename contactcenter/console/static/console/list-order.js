/**
 * Which rows a list holds and in what order: the browser's half of `selectors/list_query.py`, decided from the rows'
 * data. Each row on the screen has a key, and the rows always stand in the order of their keys, so that a place is
 * found by halving and not by looking at all of them.
 */
import { byId, user } from "./data.js";

const FILTERS = ["channel", "queue", "brand", "language", "state", "promise"];
const keys = new WeakMap();
const headings = [];
const shown = { tab: "mine", sort: "newest", filters: new Map(), tags: [], unread: false };

export const rows = () => byId("rows");
export const rowOf = (conversation) => byId(`row-${conversation}`);
export const idOf = (row) => Number(row.dataset.conversation);
const has = (list, one) => ` ${list} `.includes(` ${one} `);
export const isMine = (row) => has(row.dataset.people, user);
export const isWrapping = (row) => has(row.dataset.wrapping, user);

/** The list on the screen, as the server has written it down. */
export function readList() {
  const query = new URLSearchParams(rows().dataset.query);
  headings.length = 0;
  shown.tab = rows().dataset.tab;
  shown.sort = rows().dataset.sort;
  shown.filters = new Map(FILTERS.filter((name) => query.has(name)).map((name) => [name, new Set(query.getAll(name))]));
  shown.tags = query.getAll("tag");
  shown.unread = query.has("unread");
  return { ...shown, count: [...query.keys()].filter((name) => name !== "tab" && name !== "sort").length };
}

/** Whether a row is in the list on the screen. One that is being read stays among the unread. */
export function belongs(row, isOpen) {
  const data = row.dataset;
  if (shown.tab === "mine" ? !isMine(row) : !has(data.tabs, shown.tab)) return false;
  for (const [name, wanted] of shown.filters) if (!wanted.has(data[name])) return false;
  if (shown.unread && !isOpen && !Number(data.unread)) return false;
  if (!shown.tags.length) return true;
  const tags = JSON.parse(data.tag);
  return shown.tags.some((tag) => tags.includes(tag));
}

/** The place among the groups of “Mine”. */
function groupOf(row) {
  const data = row.dataset;
  if (isWrapping(row)) return 1;
  if (data.state === "snoozed") return data.snooze === "customer" ? 2 : 3;
  return data.waiting ? 0 : 2;
}

/** Numbers to compare one after the other; the smaller one stands first. */
function computeKey(line) {
  const data = line.dataset;
  if (line.classList.contains("group")) return [Number(data.group), -Infinity];
  if (!line.classList.contains("conv")) return [Infinity];
  const at = Number(data.sort);
  const id = idOf(line);
  const key = {
    line: () => [Number(data.rank), id],
    oldest: () => [at, id],
    waiting: () => [data.waiting ? Number(data.waiting) : Infinity, id],
    promise: () => [data.due ? Number(data.due) : Infinity, id],
    priority: () => [-Number(data.priority), -at, -id],
    newest: () => [-at, -id],
  }[shown.sort]();
  return shown.tab === "mine" ? [groupOf(line), ...key] : key;
}

function compare(one, other) {
  for (let at = 0; at < Math.min(one.length, other.length); at += 1) if (one[at] !== other[at]) return one[at] < other[at] ? -1 : 1;
  return 0;
}

/** Take a line that the server has put into its place as it stands. */
export function keep(line) {
  keys.set(line, computeKey(line));
  if (line.classList.contains("group")) headings.push(line);
}

export const hasMoved = (row) => compare(computeKey(row), keys.get(row) ?? []) !== 0 || !keys.has(row);

/** The line before which a key belongs; null for the end. */
function after(key) {
  const lines = rows().children;
  let first = 0;
  let end = lines.length;
  while (first < end) {
    const middle = (first + end) >> 1;
    if (compare(keys.get(lines[middle]), key) > 0) end = middle;
    else first = middle + 1;
  }
  return lines[first] ?? null;
}

/** Headings without rows, and the words for an empty list, come and go with the rows. */
export function tidy() {
  for (const heading of headings) heading.hidden = !heading.nextElementSibling?.classList.contains("conv");
  rows().nextElementSibling.hidden = rows().querySelector(":scope > .conv") !== null;
}

const isMore = (line) => line?.classList.contains("more") ?? false;

/** Whether the row already stands where it belongs. */
export function isInPlace(row) {
  if (!row.isConnected) return false;
  const next = after(computeKey(row));
  return next === row || next === row.nextElementSibling;
}

/** Move or insert a row. What belongs beyond the pages that have come is left to them. */
export function place(row) {
  const key = computeKey(row);
  const next = after(key);
  const stays = row.isConnected && (next === row || next === row.nextElementSibling);
  keys.set(row, key);
  if (stays) return;
  if (isMore(next)) {
    row.remove();
    return;
  }
  const list = rows();
  if (row.isConnected && list.moveBefore) {
    list.moveBefore(row, next);
    return;
  }
  const focused = row.contains(document.activeElement) ? document.activeElement : null;
  list.insertBefore(row, next);
  focused?.focus({ preventScroll: true });
}
