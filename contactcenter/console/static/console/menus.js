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

/**
 * A region is not refreshed under an open menu or a pressed button, where it would swallow the click; it is as soon as
 * the menu closes or the button is let go.
 */
function startSparing() {
  const missed = new Map();
  let pressed = null;
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig } = event.detail;
    if (requestConfig?.verb !== "get" || !target) return;
    const isPressed = pressed && requestConfig.elt === target && !target.hasAttribute("hx-swap") && target.contains(pressed);
    if (!isPressed && !target.querySelector("details.menu[open]")) return;
    event.detail.shouldSwap = false;
    missed.set(target.id, requestConfig.path);
  });
  // Whoever asks for the region anew, and perhaps for something else in it, is not overtaken by what was missed.
  document.body.addEventListener("htmx:beforeRequest", ({ detail }) => missed.delete(detail.target.id));
  const reload = (id) => {
    const path = missed.get(id);
    missed.delete(id);
    load(path, `#${id}`);
  };
  // `toggle` does not bubble, so it is caught on the way down.
  document.addEventListener("toggle", (event) => {
    const region = [...missed.keys()].find((id) => byId(id)?.contains(event.target));
    if (region && !event.target.open) reload(region);
  }, true);
  document.addEventListener("pointerdown", ({ target }) => (pressed = target), true);
  // The click comes after the release, and is heard before the region is asked for again.
  const release = () => setTimeout(() => {
    pressed = null;
    [...missed.keys()].filter((id) => byId(id) && !byId(id).querySelector("details.menu[open]")).forEach(reload);
  });
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, release, true);
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
