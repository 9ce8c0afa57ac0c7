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

/** The button that carries out a command, if it is on the screen and may be used. */
export function buttonOf(command) {
  return [...document.querySelectorAll(`[data-command="${command}"]`)].find((button) => !button.disabled && isSeen(button));
}

/** Click what is there for it, also inside a closed menu. */
function press(command) {
  const button = buttonOf(command) ?? document.querySelector(`details.menu [data-command="${command}"]:not(:disabled)`);
  button?.click();
  return Boolean(button);
}

function step(by) {
  if (list.step) return list.step(by);
  const links = [...document.querySelectorAll("#rows a.row")];
  const at = links.findIndex((link) => link === document.activeElement);
  const open = links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = links[at >= 0 ? at + by : open >= 0 ? open + by : 0];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function selectRow() {
  const row = document.activeElement?.closest(".conv") ?? document.querySelector(".conv:has([aria-current])");
  const box = row?.querySelector('input[type="checkbox"]');
  if (box) box.click();
  else press("select");
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
  const button = offer.querySelector(`[data-command="${command}"]`) ?? offer.querySelector(command === "accept" ? ".btn.primary" : "summary");
  button.click();
  if (command === "decline") offer.querySelector(".menu button, .menu [type=radio]")?.focus();
}

export const actions = {
  palette: palette.open,
  search: palette.open,
  help: () => load("/console/shortcuts/", "#dialog"),
  accept: () => answerOffer("accept"),
  decline: () => answerOffer("decline"),
  next: () => step(1),
  previous: () => step(-1),
  select: selectRow,
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
  const run = actions[action] ?? (buttonOf(action) || document.querySelector(`details.menu [data-command="${action}"]`) ? () => press(action) : null);
  if (!run) return;
  event.preventDefault();
  run();
}

export function start() {
  document.addEventListener("keydown", pressed);
}
