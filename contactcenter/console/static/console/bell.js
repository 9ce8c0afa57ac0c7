/** The bell: work that nobody is going to take, promises that run out, where one was mentioned, and replies that did not go out. */
import { byId, load, say } from "./data.js";
import * as live from "./live.js";
import { toast } from "./toasts.js";

// Many alerts at once are one look.
const TOGETHER_MS = 300;
let timer = 0;

export const refresh = () => load("/console/bell/", "#bell");

function refreshSoon() {
  clearTimeout(timer);
  timer = setTimeout(refresh, TOGETHER_MS);
}

/** A conversation is looked at: its mentions are no news any more. */
export function opened(conversation) {
  if (document.hidden || !document.querySelector(`#bell [data-mention="${conversation}"]`)) return;
  htmx.ajax("POST", `/console/c/${conversation}/mentions/seen/`, { source: "#bell", target: "#bell", swap: "innerHTML" });
}

export function start({ current }) {
  live.on("mention", async ({ conversation, who }) => {
    await refresh();
    if (conversation === current() && !document.hidden) opened(conversation);
    else toast(say("mentioned", who));
  });
  live.on("bell", refreshSoon);
  live.on("promise", ({ say: word, who }) => {
    refreshSoon();
    toast(say(word, who));
  });
  live.on("up", refresh);
  live.on("reset", refresh);
  document.addEventListener("visibilitychange", () => opened(current()));
  document.body.addEventListener("htmx:afterSettle", ({ detail }) => detail.target?.id === "pane" && opened(current()));
  opened(current());
  byId("bell").addEventListener("click", (event) => {
    if (event.target.closest("[data-open]")) byId("bell-menu").open = false;
  });
}
