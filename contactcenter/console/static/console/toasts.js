/** Short messages in the corner, above dialogs too. */
import { byId, say } from "./data.js";

const SHOWN_MS = 6_000;

/** `level`: ok, warn or bad. Bad ones are read out at once. */
export function toast(text, level = "ok") {
  const item = document.createElement("div");
  item.className = `banner toast ${level}`;
  item.setAttribute("role", level === "ok" ? "status" : "alert");
  const words = document.createElement("span");
  words.className = "grow";
  words.textContent = text;
  item.append(words);
  const host = byId("toasts");
  host.append(item);
  host.hidePopover();
  host.showPopover();
  setTimeout(() => {
    item.remove();
    if (!host.childElementCount) host.hidePopover();
  }, SHOWN_MS);
}

export function start() {
  byId("toasts").popover = "manual";
  const body = document.body;
  body.addEventListener("toast", (event) => toast(event.detail.text, event.detail.level));
  body.addEventListener("htmx:responseError", (event) => {
    if (!event.detail.xhr.getResponseHeader("HX-Trigger")) toast(say("failed"), "bad");
  });
  body.addEventListener("htmx:sendError", () => toast(say("failed"), "bad"));
}
