/** This person's settings as they stand: the settings page changes them, in all tabs at once. */
import { byId, post, preferences } from "./data.js";
import * as tabs from "./tabs.js";

export const settings = { ...preferences };

function show() {
  const root = document.documentElement;
  if (settings.theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = settings.theme;
  document.body.dataset.density = settings.density;
  for (const cap of document.querySelectorAll("[data-cap]")) cap.textContent = settings.caps[cap.dataset.cap];
}

function take(next) {
  Object.assign(settings, next);
  show();
}

/** One setting from elsewhere than its page: shown at once, kept by the server. */
export function set(name, value) {
  take({ [name]: value });
  tabs.tell("preferences", { preferences: { [name]: value } });
  const field = byId("settings")?.querySelector(`[name="${name}"][value="${value}"]`);
  if (field) field.checked = true;
  post("/console/look/", { [name]: value }).catch(() => {});
}

export function start() {
  show();
  tabs.on("preferences", ({ preferences: next }) => take(next));
  // htmx adds the element that asked, which no other tab can have.
  document.body.addEventListener("preferences", ({ detail: { elt, ...next } }) => {
    take(next);
    tabs.tell("preferences", { preferences: next });
  });
}
