/** Menus that close by themselves, the dialog, the theme. */
import { byId, load } from "./data.js";
import { set, settings } from "./preferences.js";

const opened = () => document.querySelectorAll("details.menu[open]");

function closeMenus(except) {
  for (const menu of opened()) if (menu !== except) menu.open = false;
}

function startMenus() {
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = [...opened()].at(-1);
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
    event.preventDefault(); // one step back at a time
  });
}

/** A region is not refreshed under an open menu, where it would swallow the click; it is when the menu closes. */
function startSparing() {
  const missed = new Map();
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig } = event.detail;
    if (requestConfig?.verb !== "get" || !target?.querySelector("details.menu[open]")) return;
    event.detail.shouldSwap = false;
    missed.set(target.id, requestConfig.path);
  });
  // `toggle` does not bubble, so it is caught on the way down.
  document.addEventListener("toggle", (event) => {
    const region = [...missed.keys()].find((id) => byId(id)?.contains(event.target));
    if (!region || event.target.open) return;
    const path = missed.get(region);
    missed.delete(region);
    load(path, `#${region}`);
  }, true);
}

function startDialog() {
  const dialog = byId("dialog");
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== dialog) return;
    closeMenus();
    if (!dialog.open) dialog.showModal();
  });
  // Done: what was asked in the dialog has been carried out. Heard from the request itself: htmx tells only the
  // target, which a live frame may have replaced meanwhile.
  document.body.addEventListener("htmx:beforeRequest", ({ detail: { elt, xhr, requestConfig } }) => {
    if (!dialog.contains(elt) || requestConfig.verb !== "post" || elt.closest("[data-stays]")) return;
    xhr.addEventListener("readystatechange", () => {
      const isDone = xhr.readyState === XMLHttpRequest.DONE && xhr.status >= 200 && xhr.status < 400;
      if (isDone && dialog.contains(elt)) dialog.close();
    });
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
  dialog.addEventListener("input", (event) => {
    const where = event.target.dataset.filter;
    if (!where) return;
    const wanted = event.target.value.trim().toLocaleLowerCase();
    for (const choice of dialog.querySelectorAll(`${where} .pick`)) choice.hidden = !choice.textContent.toLocaleLowerCase().includes(wanted);
  });
}

function startTheme() {
  const button = byId("theme");
  button.addEventListener("click", () => {
    const { theme } = settings;
    const isDark = theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
    set("theme", isDark ? "light" : "dark");
  });
}

export function start() {
  startMenus();
  startSparing();
  startDialog();
  startTheme();
}
