/** No connection, or no session any more: what the page says of itself while it is old. */
import { byId, now, say, user } from "./data.js";
import * as composer from "./composer.js";
import * as live from "./live.js";
import * as tabs from "./tabs.js";
import { clockText } from "./timers.js";

/** What is shown stands as of then: said beside it, and its clocks go pale. */
function markStale(text) {
  document.body.toggleAttribute("data-stale", text !== "");
  document.querySelectorAll(".as-of").forEach((mark) => mark.remove());
  if (!text) return;
  for (const place of document.querySelectorAll("#pane-head .title, .list-head h1")) {
    const mark = document.createElement("span");
    mark.className = "chip warn as-of";
    mark.textContent = say("as_of", text);
    place.append(mark);
  }
}

function showLive(isUp) {
  const chip = byId("live");
  chip.className = `chip fold ${isUp ? "ok" : "warn"}`;
  chip.lastElementChild.textContent = isUp ? chip.dataset.on : chip.dataset.off;
}

function showDown({ seconds, since }) {
  const at = clockText(since + now() - Date.now());
  showLive(false);
  byId("offline-since").textContent = say("offline_since", at);
  byId("offline-text").textContent = seconds ? say("offline", seconds) : say("connecting");
  byId("offline").hidden = false;
  if (!document.querySelector("#pane-head .as-of, .list-head .as-of")) markStale(at);
}

function showUp() {
  showLive(true);
  byId("offline").hidden = true;
  markStale("");
}

/** Signed out here or elsewhere. What was written stays in this browser, under this person's name. */
function showSignedOut() {
  composer.flush();
  const dialog = byId("signed-out");
  if (dialog.open) return;
  byId("sign-in-here").href = `/accounts/login/?next=${encodeURIComponent(location.pathname)}`;
  dialog.showModal();
}

export function start() {
  live.on("down", showDown);
  live.on("up", showUp);
  live.on("over", showSignedOut);
  document.addEventListener("signed-out", showSignedOut);
  byId("retry").addEventListener("click", live.retry);
  byId("signed-out").addEventListener("cancel", (event) => event.preventDefault());
  // A fragment that was refused for want of a session would send the page away, and what is written with it.
  document.body.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status !== 401) return;
    event.preventDefault();
    showSignedOut();
  });
  // Signed in again in another tab: this one begins anew, with what was written.
  tabs.on("here", () => byId("signed-out").open && location.reload());
  tabs.tell("here", { user });
}
