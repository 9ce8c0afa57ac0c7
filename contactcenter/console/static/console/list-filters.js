/**
 * The list's address: tab, filters and order are the page's query, so that a list can be shared and the back button
 * works. Tabs, chips, orders, views and the filter form all change nothing but that.
 */
import { byId, load } from "./data.js";
import { refetch } from "./list.js";

const NAMES = ["tab", "channel", "queue", "brand", "tag", "language", "state", "promise", "unread", "sort"];
let asked = "";
// Choices made in one go are one step back.
let isStepTaken = false;

/** The part of the page's query that is the list's. */
export function address() {
  const query = [...new URLSearchParams(location.search)].filter(([name]) => NAMES.includes(name));
  asked = query.length ? `?${new URLSearchParams(query)}` : "";
  return asked;
}

/** Show another list. */
export function go(query, { push = true } = {}) {
  const url = location.pathname + (String(query) ? `?${query}` : "");
  if (push) history.pushState(history.state, "", url);
  else history.replaceState(history.state, "", url);
  return refetch();
}

/** The rows of an address have come. */
export function adopt({ tab, count }) {
  for (const link of byId("tabs").querySelectorAll("a")) {
    if (link.dataset.tab === tab) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  const badge = byId("filter-count");
  badge.textContent = count || "";
  badge.hidden = !count;
}

function chooseTab(tab) {
  const query = new URLSearchParams(address());
  if (tab === "mine") query.delete("tab");
  else query.set("tab", tab);
  go(query);
}

function clicked(event) {
  const link = event.target.closest("a[data-tab], a[data-query]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.dataset.tab) {
    chooseTab(link.dataset.tab);
    return;
  }
  const menu = link.closest("details");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (link.closest("#active-filters, .nothing")) {
    byId("filters").querySelector("summary").focus();
  }
  go(link.dataset.query);
}

function applyForm() {
  const chosen = [...new FormData(byId("filter-form"))];
  go(new URLSearchParams(chosen.filter(([name, value]) => !(name === "tab" && value === "mine"))), { push: !isStepTaken });
  isStepTaken = true;
}

function closeFilters() {
  byId("filters").open = false;
  byId("filters").querySelector("summary").focus();
}

function startForm() {
  const menu = byId("filters");
  menu.addEventListener("toggle", () => {
    isStepTaken = false;
    if (menu.open) load(`/console/filters/${address()}`, "#filters-panel");
  });
  menu.addEventListener("change", applyForm);
  menu.addEventListener("submit", (event) => {
    event.preventDefault();
    closeFilters();
  });
  menu.addEventListener("click", (event) => {
    if (event.target.id !== "filters-clear") return;
    for (const box of menu.querySelectorAll("input:checked")) box.checked = false;
    applyForm();
  });
}

const loadViews = () => load(`/console/views/${address()}`, "#views-panel");

function startViews() {
  const menu = byId("views");
  menu.addEventListener("toggle", () => menu.open && loadViews());
  // Kept, renamed, moved or deleted.
  document.body.addEventListener("views-changed", () => {
    menu.open = false;
    loadViews();
    refetch();
  });
}

function went() {
  const before = asked;
  if (address() !== before) refetch();
  for (const menu of byId("list").querySelectorAll("details.menu[open]")) menu.open = false;
}

export function start() {
  address();
  byId("list").addEventListener("click", clicked);
  startForm();
  startViews();
  addEventListener("popstate", went);
}
