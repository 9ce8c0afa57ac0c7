/**
 * The customer's card: its parts load by themselves and say when they cannot; fields are edited in place; what others
 * change comes in live, but never under somebody's hands.
 */
import { byId, language, post, say } from "./data.js";
import * as live from "./live.js";
import * as pane from "./pane.js";
import { writeTimes } from "./timers.js";
import { toast } from "./toasts.js";

const CLOCK_MS = 10_000;
// How long a part that several frames speak of waits, so that it is fetched once.
const REFRESH_MS = 150;
const FOLDS = "card-folds";
const stale = new Set();
let refreshTimer = 0;
let wasUp = false;

const context = () => byId("context");
const card = () => byId("card");
const partOf = (element) => element.closest(".part");
const isEdited = (part) => part.querySelector("form.editor:not([hidden])") !== null;

/* --- parts --- */

function refresh(part) {
  if (isEdited(part)) stale.add(part.dataset.part);
  else htmx.trigger(part, "refresh");
}

/** Parts of this customer changed, their conversations are others now, or they go on as another customer. */
function changed({ customer, parts = [], into, again }) {
  if (customer !== Number(card()?.dataset.customer)) return;
  if ((into || again) && pane.current()) {
    clearTimeout(refreshTimer);
    refreshTimer = setTimeout(pane.reopen, REFRESH_MS);
    return;
  }
  if (into) {
    location.assign(`/console/customers/${into}/`);
    return;
  }
  for (const name of parts) stale.add(name);
  clearTimeout(refreshTimer);
  refreshTimer = setTimeout(refreshStale, REFRESH_MS);
}

/** What came while the connection was away is not told again; the first connection has missed nothing. */
function caughtUp() {
  if (wasUp && card()) {
    const parts = [...card().querySelectorAll(".part")].map((part) => part.dataset.part);
    changed({ customer: Number(card().dataset.customer), parts });
  }
  wasUp = true;
}

function refreshStale() {
  const names = [...stale];
  stale.clear();
  for (const name of names) {
    const part = byId(`part-${name}`);
    // What has not been looked at yet loads when it is.
    if (part && !part.querySelector(".waiting")) refresh(part);
  }
}

/** A part that was on its way when somebody began to write in it comes again when they are done. */
function spare(event) {
  const part = event.detail.target;
  if (!part?.classList?.contains("part") || !isEdited(part)) return;
  event.detail.shouldSwap = false;
  stale.add(part.dataset.part);
}

function failed(event) {
  const part = event.detail.target ?? event.target;
  if (event.detail.requestConfig?.verb !== "get" || !part.classList?.contains("part")) return;
  event.stopPropagation();
  part.replaceChildren(byId("part-failed").content.cloneNode(true));
  part.removeAttribute("aria-busy");
}

function settled(event) {
  const part = partOf(event.target);
  if (!part) return;
  part.removeAttribute("aria-busy");
  const folds = JSON.parse(localStorage.getItem(FOLDS) ?? "{}");
  for (const details of part.querySelectorAll("details[data-fold]")) {
    if (details.dataset.fold in folds) details.open = folds[details.dataset.fold];
  }
  writeClocks();
}

function folded(event) {
  const name = event.target.dataset?.fold;
  if (!name) return;
  const folds = JSON.parse(localStorage.getItem(FOLDS) ?? "{}");
  localStorage.setItem(FOLDS, JSON.stringify({ ...folds, [name]: event.target.open }));
}

/** What the clock on the customer's wall shows. */
function writeClocks() {
  for (const element of context().querySelectorAll("time[data-zone]")) {
    try {
      const options = { timeZone: element.dataset.zone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
      const text = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, options).format(Date.now());
      if (element.textContent !== text) element.textContent = text;
    } catch {
      element.textContent = ""; // a zone that this browser does not know
    }
  }
}

/* --- edit in place --- */

const valueOf = (form) => [...new FormData(form)].filter(([name]) => !["field", "was", "kind"].includes(name)).map(([, value]) => value).join("");
const before = (form) => form.elements.value?.dataset.was ?? "";
const inputOf = (form) => form.querySelector("textarea, input:not([type='hidden'])") ?? form.querySelector("select");

function openEditor(button) {
  const edit = button.closest(".edit");
  const form = edit.querySelector("form.editor");
  button.hidden = true;
  form.hidden = false;
  const zones = form.querySelector("datalist[data-zones]");
  if (zones && !zones.childElementCount) zones.append(...Intl.supportedValuesOf("timeZone").map((zone) => new Option("", zone)));
  const suggestions = form.querySelector("datalist[hx-get]");
  if (suggestions) htmx.trigger(suggestions, "refresh");
  const input = inputOf(form);
  input.focus();
  input.select?.();
}

function closeEditor(form, { focus = false } = {}) {
  form.hidden = true;
  form.reset();
  complain(form, "");
  const button = form.closest(".edit").querySelector("[data-edit]");
  button.hidden = false;
  if (focus) button.focus();
  if (stale.size) refreshStale();
}

function complain(form, text) {
  const line = form.querySelector(".err-text");
  line.textContent = text;
  line.hidden = !text;
  inputOf(form).toggleAttribute("aria-invalid", Boolean(text));
}

/** One save at a time; the card is as the server says afterwards, and an error stands beside the field. */
async function save(form, { focus = false } = {}) {
  if (form.hidden || form.dataset.busy) return;
  if (valueOf(form) === before(form)) {
    closeEditor(form, { focus });
    return;
  }
  form.dataset.busy = "yes";
  const part = partOf(form);
  const place = [...part.querySelectorAll("[data-edit]")].indexOf(form.closest(".edit").querySelector("[data-edit]"));
  try {
    const answer = await post(form.dataset.save, { ...Object.fromEntries(new FormData(form)), conversation: card().dataset.conversation });
    if (answer.ok) {
      const html = await answer.text();
      form.hidden = true;
      htmx.swap(part, html, { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 0 }, { eventInfo: { target: part } });
      if (focus) part.querySelectorAll("[data-edit]")[place]?.focus();
      return;
    }
    const refusal = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
    // Somebody else was there meanwhile: shown, and saving again is meant.
    if (refusal.current !== undefined) form.elements.was.value = refusal.current;
    complain(form, refusal.text ?? say("failed"));
  } catch {
    complain(form, say("failed"));
  } finally {
    delete form.dataset.busy;
  }
  if (focus) inputOf(form).focus();
}

function pressed(event) {
  const form = event.target.closest("form.editor");
  if (!form) return;
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    closeEditor(form, { focus: true });
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey || !["TEXTAREA", "BUTTON"].includes(event.target.tagName))) {
    event.preventDefault();
    save(form, { focus: true });
  }
}

/** Leaving the field saves, but only where it was changed; a window that loses the focus is no leaving. */
function left(event) {
  const form = event.target.closest("form.editor");
  if (!form || form.contains(event.relatedTarget) || !document.hasFocus()) return;
  save(form);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(say("copied"));
  } catch {
    toast(say("not_copied"), "bad");
  }
}

function clicked(event) {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches("[data-edit]")) openEditor(button);
  else if (button.matches("[data-cancel]")) closeEditor(button.form, { focus: true });
  else if (button.matches("[data-copy]")) copy(button.dataset.copy);
  else if (button.matches("[data-retry]")) htmx.trigger(partOf(button), "refresh");
}

export function start() {
  const column = context();
  column.addEventListener("click", clicked);
  column.addEventListener("keydown", pressed);
  column.addEventListener("focusout", left);
  column.addEventListener("submit", (event) => {
    if (!event.target.matches("form.editor")) return;
    event.preventDefault();
    save(event.target, { focus: true });
  });
  column.addEventListener("change", (event) => event.target.matches(".editor select[name='value']") && save(event.target.form, { focus: true }));
  column.addEventListener("toggle", folded, true);
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) column.addEventListener(name, failed);
  column.addEventListener("htmx:beforeSwap", spare);
  column.addEventListener("htmx:afterSettle", settled);
  document.body.addEventListener("customer-changed", (event) => changed(event.detail));
  live.on("customer", changed);
  live.on("up", caughtUp);
  setInterval(writeClocks, CLOCK_MS);
}
