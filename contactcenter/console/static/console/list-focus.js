/** Walking through the list by keyboard: one row is in the order of Tab, arrows and shortcuts move on from it. */
import { byId, post, say } from "./data.js";
import * as bulk from "./list-bulk.js";
import { idOf, rows } from "./list-order.js";
import { toast } from "./toasts.js";

const linkOf = (row) => row.querySelector("a.row");
let held = null;

/** The row that Tab comes to. */
function hold(row) {
  if (held && held !== row) linkOf(held).tabIndex = -1;
  held = row ?? null;
  if (held) linkOf(held).tabIndex = 0;
}

/** Rows have come or another conversation is open: Tab comes to that one, else to where it was, else to the first. */
export function adopt(row) {
  hold(row ?? (held?.isConnected ? held : rows().querySelector(".conv")));
}

/** The row that shortcuts are about: that with the focus, else that of the open conversation. */
export function focusedRow() {
  const row = document.activeElement?.closest("#rows .conv");
  return row ?? rows().querySelector('.conv:has(> a[aria-current="true"])');
}

function moveTo(row) {
  if (!row) return;
  hold(row);
  linkOf(row).focus({ focusVisible: true });
  row.scrollIntoView({ block: "nearest" });
}

function neighbour(row, by) {
  let line = row;
  do line = by > 0 ? line.nextElementSibling : line.previousElementSibling;
  while (line && !line.classList.contains("conv"));
  return line;
}

/** One row down (1) or up (-1); from outside the list to the open conversation's neighbour, else to the first. */
export function step(by) {
  const row = focusedRow();
  moveTo(row ? neighbour(row, by) : rows().querySelector(".conv"));
}

export const next = () => step(1);
export const previous = () => step(-1);

export function openCurrent() {
  const row = focusedRow();
  if (row) linkOf(row).click();
}

/** A row goes: the focus stays in the list. */
export function leave(row) {
  const other = neighbour(row, 1) ?? neighbour(row, -1);
  const hadFocus = row.contains(document.activeElement);
  if (held === row) {
    held = null;
    hold(other);
  }
  if (!hadFocus) return;
  if (other) moveTo(other);
  else byId("list").focus();
}

/** Read or unread, by the one who handles it. */
export async function toggleUnread() {
  const row = focusedRow();
  if (!row) return;
  const act = Number(row.dataset.unread) ? "read" : "unread";
  const answer = await post(`/console/c/${idOf(row)}/${act}/`, {}).catch(() => null);
  if (!answer) toast(say("failed"), "bad");
  else if (!answer.ok) toast((await answer.json()).text, "bad");
}

const KEYS = {
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  Home: () => moveTo(rows().querySelector(".conv")),
  End: () => moveTo([...rows().querySelectorAll(".conv")].at(-1)),
  Space: ({ shiftKey }) => bulk.toggleSelect({ range: shiftKey }),
  Escape: () => bulk.clear(),
};

function pressed(event) {
  const act = KEYS[event.code];
  if (!act || event.ctrlKey || event.altKey || event.metaKey || !event.target.matches("a.row")) return;
  if (event.code === "Escape" && byId("bulk").hidden) return;
  event.preventDefault();
  act(event);
}

export function start() {
  const body = byId("list-body");
  body.addEventListener("keydown", pressed);
  body.addEventListener("focusin", ({ target }) => target.matches("a.row") && hold(target.parentNode));
}
