/** The page of customers: it takes the place of the inbox, which lives on beneath it. */
import { byId, load } from "./data.js";
import * as pane from "./pane.js";

const HERE = "/console/customers/";
const app = () => byId("app");
const isShown = () => app().dataset.list === "customers";

function mark() {
  const shown = byId("card")?.dataset.customer;
  for (const row of byId("customers").querySelectorAll("[data-customer-row]")) {
    if (row.dataset.customerRow === shown) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

function markNav() {
  const nav = byId("nav");
  for (const link of nav.querySelectorAll("[aria-current]")) link.removeAttribute("aria-current");
  nav.querySelector(isShown() ? "[data-customers]" : "[data-home]")?.setAttribute("aria-current", "page");
}

async function show({ push = true } = {}) {
  if (push) history.pushState({}, "", HERE);
  app().dataset.list = "customers";
  app().dataset.view = "list";
  markNav();
  await load(HERE, "#customers");
  mark();
  byId("customers").querySelector("input[type='search']")?.focus();
}

function hide() {
  app().dataset.list = "";
  app().dataset.view = "list";
  markNav();
}

/** Without a conversation to look at: the card alone. */
export async function openCustomer(customer, { push = true } = {}) {
  const url = `${HERE}${customer}/`;
  if (push) history.pushState({}, "", url);
  app().dataset.view = "pane";
  await pane.show(url);
  mark();
}

function clicked(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest("a[data-customers], a[data-home], a[data-customer-row]:not([data-open])");
  if (!link || (link.matches("[data-home]") && !isShown())) return;
  event.preventDefault();
  event.stopPropagation();
  if (link.matches("[data-customers]")) show();
  else if (link.matches("[data-home]")) {
    if (!pane.current()) history.pushState({}, "", "/console/");
    hide();
  } else openCustomer(link.dataset.customerRow);
}

function went() {
  const found = location.pathname.match(/^\/console\/customers\/(?:(\d+)\/)?$/);
  if (found?.[1]) openCustomer(found[1], { push: false });
  else if (found && !isShown()) show({ push: false });
  else if (!found && isShown() && location.pathname === "/console/") hide();
}

export function start() {
  document.addEventListener("click", clicked, true);
  addEventListener("popstate", went);
  byId("pane").addEventListener("htmx:afterSettle", () => setTimeout(mark));
  byId("customers").addEventListener("htmx:afterSettle", mark);
  mark();
}
