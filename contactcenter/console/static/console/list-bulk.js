/** Several rows at once: chosen by box, key, long press or range, and what is then done with them. */
import { byId, say } from "./data.js";
import { focusedRow } from "./list-focus.js";
import { refetch } from "./list.js";
import { idOf, rowOf, rows } from "./list-order.js";

const LONG_PRESS_MS = 500;
const MOVED_PX = 10;
const selected = new Set();
// Where a range begins.
let anchor = 0;
let pressTimer = 0;
let pressedAt = null;
let isSwallowing = false;

const boxOf = (row) => row.querySelector(".tick");

export function mark(row) {
  const isOn = selected.has(idOf(row));
  boxOf(row).checked = isOn;
  row.classList.toggle("selected", isOn);
}

function show() {
  const shown = rows().querySelectorAll(".conv").length;
  const mode = byId("select-mode");
  byId("list").classList.toggle("selecting", selected.size > 0 || mode.getAttribute("aria-pressed") === "true");
  byId("bulk").hidden = !selected.size;
  byId("bulk-merge").hidden = selected.size !== 2;
  byId("bulk-count").textContent = selected.size ? say("selected", selected.size) : "";
  byId("select-all").checked = selected.size === shown;
  byId("select-all").indeterminate = selected.size > 0 && selected.size < shown;
}

function set(row, isOn) {
  if (isOn) selected.add(idOf(row));
  else selected.delete(idOf(row));
  mark(row);
}

function choose(row, { range = false } = {}) {
  const from = range ? rowOf(anchor) : null;
  if (from && from !== row) {
    const lines = [...rows().querySelectorAll(".conv")];
    const ends = [lines.indexOf(from), lines.indexOf(row)].sort((one, other) => one - other);
    for (const between of lines.slice(ends[0], ends[1] + 1)) set(between, true);
  } else {
    set(row, !selected.has(idOf(row)));
    anchor = idOf(row);
  }
  show();
}

/** The row with the focus, or that of the open conversation. */
export function toggleSelect({ range = false } = {}) {
  const row = focusedRow();
  if (row) choose(row, { range });
}

export function selectAllShown() {
  for (const row of rows().querySelectorAll(".conv")) set(row, true);
  show();
}

export function clear() {
  const before = [...selected];
  selected.clear();
  for (const row of before.map(rowOf)) if (row) mark(row);
  byId("select-mode").setAttribute("aria-pressed", "false");
  show();
}

/** A row has gone. */
export function forget(conversation) {
  if (selected.delete(conversation)) show();
}

/** Other rows are shown: what is no longer among them is not selected either. */
export function adopt() {
  for (const conversation of [...selected]) if (!rowOf(conversation)) selected.delete(conversation);
  show();
}

function clicked(event) {
  const row = event.target.closest(".conv");
  if (!row) return;
  if (isSwallowing) {
    isSwallowing = false;
    event.preventDefault();
    event.stopPropagation();
  } else if (event.target.classList.contains("tick")) {
    // The box follows the choice and not the click, which a range overrules.
    choose(row, { range: event.shiftKey });
    event.stopPropagation();
  } else if (event.shiftKey && selected.size) {
    event.preventDefault();
    event.stopPropagation();
    choose(row, { range: true });
  }
}

function pressed(event) {
  const row = event.target.closest(".conv");
  if (!row || event.pointerType === "mouse") return;
  pressedAt = [event.clientX, event.clientY];
  isSwallowing = false;
  clearTimeout(pressTimer);
  pressTimer = setTimeout(() => {
    isSwallowing = true;
    choose(row);
  }, LONG_PRESS_MS);
}

function moved(event) {
  if (!pressedAt || event.type !== "pointermove") clearTimeout(pressTimer);
  else if (Math.hypot(event.clientX - pressedAt[0], event.clientY - pressedAt[1]) > MOVED_PX) clearTimeout(pressTimer);
}

function startLongPress(body) {
  body.addEventListener("pointerdown", pressed);
  for (const type of ["pointermove", "pointerup", "pointercancel"]) body.addEventListener(type, moved, { passive: true });
  body.addEventListener("contextmenu", (event) => isSwallowing && event.preventDefault());
}

function act(url) {
  const query = new URLSearchParams({ ids: [...selected].join(",") });
  htmx.ajax("GET", `${url}?${query}`, { source: "#bulk", target: "#dialog", swap: "innerHTML" });
}

export function start() {
  const body = byId("list-body");
  body.addEventListener("click", clicked, { capture: true });
  startLongPress(body);
  byId("select-mode").addEventListener("click", ({ currentTarget: mode }) => {
    const isOn = mode.getAttribute("aria-pressed") !== "true";
    if (!isOn) clear();
    mode.setAttribute("aria-pressed", isOn);
    show();
  });
  byId("bulk").addEventListener("click", ({ target }) => {
    const action = target.closest("[data-bulk]");
    if (action) act(action.dataset.bulk);
  });
  byId("select-all").addEventListener("click", ({ target }) => (target.checked ? selectAllShown() : clear()));
  byId("bulk-clear").addEventListener("click", clear);
  document.body.addEventListener("bulk-done", () => {
    clear();
    refetch();
  });
}
