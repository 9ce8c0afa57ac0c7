/** Puts the console together: who listens to which frame. */
import { byId, load, say } from "./data.js";
import * as alerts from "./alerts.js";
import * as customer from "./customer.js";
import * as customers from "./customers.js";
import * as bell from "./bell.js";
import * as composer from "./composer.js";
import * as find from "./find.js";
import * as handling from "./handling.js";
import * as keys from "./keys.js";
import * as layout from "./layout.js";
import * as lightbox from "./lightbox.js";
import * as list from "./list.js";
import * as live from "./live.js";
import * as menus from "./menus.js";
import * as offline from "./offline.js";
import * as palette from "./palette.js";
import * as pane from "./pane.js";
import * as presence from "./presence.js";
import * as preferences from "./preferences.js";
import * as settings from "./settings.js";
import * as timeline from "./timeline.js";
import * as timers from "./timers.js";
import * as toasts from "./toasts.js";
import * as triggers from "./triggers.js";

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

function everythingAgain() {
  list.refetch();
  getOffers();
  if (byId("state-banner")) getStatus();
}

toasts.start();
triggers.start({ missed: (id) => id === "desk" && pane.refreshDesk(pane.current()) });
preferences.start();
settings.start();
menus.start();
layout.start();
timers.start();
list.start();
timeline.start();
presence.start(pane.current);
pane.start();
find.start();
lightbox.start();
customer.start();
customers.start();
composer.start();
handling.start();
bell.start(pane);

live.on("html", (frame) => {
  pane.take(frame);
  handling.take(frame);
  alerts.take(frame);
  if (frame.handling) getFigures();
});
live.on("up", everythingAgain);
live.on("reset", () => {
  everythingAgain();
  pane.reopen();
});
live.on("accounts", () => document.body.dispatchEvent(new Event("accounts")));
live.on("offer", getOffers);
live.on("agent", getStatus);
live.on("typing", presence.showTyping);
live.on("gone", (frame) => pane.gone(frame.conversation));
live.on("given", (frame) => {
  toasts.toast(say("given"));
  list.refetch();
  if (!pane.current()) pane.open(frame.conversation);
});
offline.start();
alerts.start();
palette.start();
keys.start();
live.start();
