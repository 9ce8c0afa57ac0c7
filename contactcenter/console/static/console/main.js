/** Puts the console together: who listens to which frame. */
import { byId, load, say } from "./data.js";
import * as composer from "./composer.js";
import * as list from "./list.js";
import * as live from "./live.js";
import * as menus from "./menus.js";
import * as pane from "./pane.js";
import * as timers from "./timers.js";
import * as toasts from "./toasts.js";

const FIGURES_MS = 4_000;
let figuresTimer = 0;
let figuresAgain = false;

const getOffers = () => load("/console/offers/", "#offers");
const getStatus = () => load("/console/status/", "#status");

/** The counters: at once, then not again for some seconds, and not in all consoles at the same moment. */
function getFigures() {
  figuresAgain = true;
  if (figuresTimer) return;
  figuresAgain = false;
  if (!document.hidden) load("/console/figures/", "#figures");
  figuresTimer = setTimeout(() => {
    figuresTimer = 0;
    if (figuresAgain) getFigures();
  }, FIGURES_MS * (0.5 + Math.random()));
}

function showLive(isUp) {
  const chip = byId("live");
  chip.className = `chip ${isUp ? "ok" : "warn"}`;
  chip.firstElementChild.textContent = isUp ? chip.dataset.on : chip.dataset.off;
  if (isUp) byId("offline").hidden = true;
}

function showOffline({ seconds }) {
  showLive(false);
  byId("offline").hidden = false;
  byId("offline-text").textContent = seconds ? say("offline", seconds) : say("connecting");
}

function everythingAgain() {
  list.refetch();
  getOffers();
  if (byId("state-banner")) getStatus();
}

toasts.start();
menus.start();
timers.start();
list.start();
pane.start();
composer.start();

live.on("html", (frame) => {
  pane.take(frame);
  if (frame.handling) getFigures();
});
live.on("up", () => {
  showLive(true);
  everythingAgain();
});
live.on("down", showOffline);
live.on("over", () => location.reload());
live.on("reset", () => {
  everythingAgain();
  pane.reopen();
});
live.on("offer", getOffers);
live.on("agent", getStatus);
live.on("typing", pane.showTyping);
live.on("gone", (frame) => pane.gone(frame.conversation));
live.on("given", (frame) => {
  toasts.toast(say("given"));
  list.refetch();
  if (!pane.current()) pane.open(frame.conversation);
});
byId("retry").addEventListener("click", live.retry);
live.start();
