/** Ctrl K: everything one can do here, and everything one can find. The server finds; commands are on the page. */
import { byId, fold, load } from "./data.js";
import { collect } from "./commands.js";
import { settings } from "./preferences.js";
import { writeTimes } from "./timers.js";

const PAUSE_MS = 160;
const MOST_COMMANDS = 8;
let commands = [];
let timer = 0;
let asked = 0;
let active = null;

const dialog = () => byId("palette");
const input = () => byId("palette-input");
const options = () => [...byId("palette-options").querySelectorAll('[role="option"]')];

function mark(option) {
  active?.setAttribute("aria-selected", "false");
  active = option;
  if (!option) {
    input().removeAttribute("aria-activedescendant");
    return;
  }
  option.setAttribute("aria-selected", "true");
  input().setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

/** Every word of the query begins a word of the label. */
function fits(label, query) {
  const words = fold(label).split(/[\s·:,]+/);
  return fold(query).split(/\s+/).every((wanted) => words.some((word) => word.startsWith(wanted)));
}

function optionOf(command, number) {
  const option = document.createElement("button");
  option.type = "button";
  option.className = "hit";
  option.id = `command-${number}`;
  option.tabIndex = -1;
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  if (command.icon) option.append(command.icon.cloneNode(true));
  const words = document.createElement("span");
  words.className = "grow cut";
  words.textContent = command.label;
  option.append(words);
  for (const [css, text] of [["t1 muted", command.group], ["kbd", settings.caps[command.key]]]) {
    if (!text) continue;
    const beside = document.createElement("span");
    beside.className = css;
    beside.textContent = text;
    option.append(beside);
  }
  option.addEventListener("click", () => {
    close();
    command.run();
  });
  return option;
}

function showCommands() {
  const query = input().value.trim();
  const fitting = commands.filter((command) => !query || fits(`${command.label} ${command.group}`, query));
  byId("palette-commands").replaceChildren(...fitting.slice(0, query ? MOST_COMMANDS : commands.length).map(optionOf));
}

function settle() {
  const found = options();
  mark(found.find((option) => option.id === active?.id) ?? found[0] ?? null);
  byId("palette-none").hidden = found.length > 0;
}

async function find() {
  const mine = (asked += 1);
  const query = new URLSearchParams(new FormData(byId("palette-form")));
  const found = byId("palette-found");
  if (query.get("q").trim().length < 2) {
    found.replaceChildren();
    settle();
    return;
  }
  const answer = await fetch(`${dialog().dataset.url}?${query}`, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (mine !== asked || !answer?.ok) return;
  found.innerHTML = await answer.text();
  writeTimes(found);
  settle();
}

/** The next page of a kind, or that kind alone. */
async function more(option) {
  if (option.dataset.more) {
    byId("palette-form").elements.kind.value = option.dataset.more;
    input().focus();
    find();
    return;
  }
  const answer = await fetch(option.href, { headers: { "HX-Request": "true" } });
  const next = document.createElement("template");
  next.innerHTML = await answer.text();
  writeTimes(next.content);
  const first = next.content.querySelector('[role="option"]');
  option.closest(".found").after(next.content);
  option.remove();
  mark(first);
}

function typed() {
  showCommands();
  settle();
  clearTimeout(timer);
  timer = setTimeout(find, PAUSE_MS);
}

function keyed(event) {
  const found = options();
  const at = found.indexOf(active);
  const steps = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: Math.min(at + 8, found.length - 1), PageUp: Math.max(at - 8, 0) };
  if (event.key in steps && found.length) {
    event.preventDefault();
    mark(found.at(steps[event.key] % found.length));
  } else if (event.key === "Enter" && event.target === input()) {
    event.preventDefault();
    active?.click();
  }
}

function clicked(event) {
  if (event.target === dialog() || event.target.closest("[data-palette-close]")) {
    close();
    return;
  }
  const link = event.target.closest("a.hit");
  if (!link) return;
  if ("more" in link.dataset) {
    event.preventDefault();
    more(link);
  } else if (!event.ctrlKey && !event.metaKey) {
    // The link itself is followed by whoever opens conversations and customers.
    close();
  }
}

export const close = () => dialog().close();

export function open() {
  if (dialog().open || document.querySelector("dialog[open]")) return;
  commands = collect();
  dialog().showModal();
  input().select();
  showCommands();
  settle();
  if (!byId("views-panel").childElementCount) load("/console/views/", "#views-panel").then(again);
}

/** The saved views have come too. */
function again() {
  commands = collect();
  showCommands();
  settle();
}

export function start() {
  document.addEventListener("click", (event) => event.target.closest("[data-palette]") && open());
  dialog().addEventListener("click", clicked);
  dialog().addEventListener("keydown", keyed);
  byId("palette-options").addEventListener("pointermove", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option && option !== active) mark(option);
  });
  input().addEventListener("input", typed);
  const form = byId("palette-form");
  form.addEventListener("change", (event) => event.target !== input() && find());
  form.addEventListener("submit", (event) => event.preventDefault());
}
