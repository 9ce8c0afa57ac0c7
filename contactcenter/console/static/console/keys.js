/** Shortcuts: physical keys, so that they are in the same place whatever language the keyboard writes. */
import { byId, load } from "./data.js";
import * as list from "./list.js";
import * as palette from "./palette.js";
import { settings } from "./preferences.js";

const PANES = ["#offers:has(.offer)", "#list", "#main", "#context:not(:empty)", "#nav", ".top"];
const TYPED_INTO = 'textarea, select, [contenteditable="true"], input:not([type="checkbox"], [type="radio"], [type="range"], [type="button"], [type="submit"])';
const FOCUSABLE = 'a[href], button:not([disabled]), input:not([disabled]), textarea:not([disabled]), select, summary, [tabindex="0"]';

/** "Ctrl+Shift+KeyA"; AltGr writes letters and is nobody's shortcut. */
export function keyOf(event) {
  if (event.getModifierState?.("AltGraph")) return "";
  const held = [(event.ctrlKey || event.metaKey) && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift"];
  return [...held.filter(Boolean), event.code].join("+");
}

const isSeen = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? element.offsetParent !== null;

const buttonOf = (command) => [...document.querySelectorAll(`[data-command="${command}"]`)].find((button) => !button.disabled && isSeen(button));

/** What is there for it: on the screen, or else in a closed menu or folded away. */
const controlOf = (command) => buttonOf(command) ?? document.querySelector(`[data-command="${command}"]:not(:disabled)`);

function press(command) {
  const control = controlOf(command);
  control?.click();
  return Boolean(control);
}

function write(mode) {
  if (press(mode)) return;
  const form = document.querySelector("form.composer");
  const choice = form?.querySelector(`[name="mode"][value="${mode}"]:not(:disabled)`);
  if (!choice) return;
  if (!choice.checked) choice.click();
  form.querySelector('textarea[name="text"]').focus();
}

/** The offer on top: its first button accepts, its menu declines. */
function answerOffer(command) {
  const offer = document.querySelector("#offers .offer");
  if (!offer) return;
  offer.querySelector(command === "accept" ? '[data-command="accept"]' : "summary").click();
  if (command === "decline") offer.querySelector(".menu button").focus();
}

export const actions = {
  palette: palette.open,
  search: palette.open,
  help: () => load("/console/shortcuts/", "#dialog"),
  accept: () => answerOffer("accept"),
  decline: () => answerOffer("decline"),
  next: list.next,
  previous: list.previous,
  select: () => list.toggleSelect(),
  unread: list.toggleUnread,
  unread: list.toggleUnread,
  reply: () => write("reply"),
  note: () => write("note"),
  assign: () => press("take") || press("give") || press("assign"),
  close: () => press("close") || press("finish"),
};

/** F6: from one part of the screen to the next. */
function nextPane(by) {
  const panes = PANES.map((selector) => document.querySelector(selector)).filter((pane) => pane && isSeen(pane));
  const at = panes.findLastIndex((pane) => pane.contains(document.activeElement));
  const next = panes.at((at + by + panes.length) % panes.length);
  const inside = next.id === "list" ? next.querySelector("a.row[aria-current], a.row") : next.id === "main" ? next.querySelector('textarea[name="text"]') : null;
  (inside ?? [...next.querySelectorAll(FOCUSABLE)].find(isSeen) ?? next).focus();
}

/** Escape: out of what one is in, one step at a time. */
function back() {
  const app = byId("app");
  const at = document.activeElement;
  if (app.dataset.view === "context") {
    document.querySelector(".drawer-close, .ctx [data-view]")?.click();
    app.dataset.view = "pane";
    byId("main").focus();
  } else if (at?.matches(TYPED_INTO)) {
    at.blur();
    at.closest("[tabindex]")?.focus();
  } else if (byId("main").contains(at) || at === document.body) {
    app.dataset.view = "list";
    (byId("rows")?.querySelector("a.row[aria-current]") ?? byId("list")).focus();
  }
}

function pressed(event) {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.code === "F6" && !event.ctrlKey && !event.altKey) {
    event.preventDefault();
    nextPane(event.shiftKey ? -1 : 1);
    return;
  }
  if (event.key === "Escape" && !document.querySelector("details.menu[open], [popover]:popover-open:not(#toasts)")) {
    back();
    return;
  }
  const key = keyOf(event);
  const action = Object.keys(settings.keys).find((name) => settings.keys[name] === key);
  if (!action || (!key.startsWith("Ctrl+") && (!settings.shortcuts || event.target.closest?.(TYPED_INTO)))) return;
  const run = actions[action] ?? (controlOf(action) && (() => press(action)));
  if (!run) return;
  event.preventDefault();
  run();
}

export function start() {
  document.addEventListener("keydown", pressed);
}
