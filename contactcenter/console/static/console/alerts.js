/**
 * What calls for one's eyes: offers, replies in one's own conversations, mentions. One tab rings; who looks at the
 * conversation already is left in peace; who looks elsewhere gets a notification of the system.
 */
import { alerts as waiting, byId, say, user } from "./data.js";
import * as badge from "./badge.js";
import * as live from "./live.js";
import * as pane from "./pane.js";
import { settings } from "./preferences.js";
import * as sounds from "./sounds.js";
import * as tabs from "./tabs.js";

const RING_AGAIN_MS = 4_000;
const LIVE = new Set(["voice", "video", "chat"]);
const ROW = /<li id="row-(\d+)"[^>]*>/;
const NAME = /<span class="name[^"]*"[^>]*>([^<]*)</;
const unread = new Map(Object.entries(waiting.unread).map(([conversation, count]) => [Number(conversation), count]));
let mentions = new Set(waiting.mentions);
// Conversations heard of live since the server was last asked what waits: of these its answer is the older word.
let heard = new Set();
let offers = new Set();
let ringing = 0;
let ringer = { held: false };
let notifier = { held: false };
const shown = new Map();

const offerCards = () => [...byId("offers").querySelectorAll("[data-offer]")];
const isLive = (card) => LIVE.has(card.querySelector("[data-ch]")?.dataset.ch);

function count() {
  badge.show(new Set([...unread.keys(), ...mentions]).size + offers.size);
}

/** Beyond the page: by the system, one for each conversation, and only while no tab is looked at. */
function notify(tag, title, body, clicked) {
  if (!settings.notifications || !("Notification" in self) || Notification.permission !== "granted") return;
  try {
    const notification = new Notification(title, { body, tag, renotify: true, silent: true, icon: document.querySelector('link[rel="icon"]').href });
    notification.onclick = () => {
      window.focus();
      notification.close();
      clicked();
    };
    shown.set(tag, notification);
  } catch {
    // Some phones allow them to service workers only.
  }
}

function forget(tag) {
  shown.get(tag)?.close();
  shown.delete(tag);
}

async function call(kind, { conversation = -1, tag, title, body, clicked }) {
  const looked = await tabs.looked();
  if (looked.has(conversation)) return;
  if (ringer.held) sounds.play(kind);
  if (!looked.size && notifier.held) notify(tag, title, body, clicked);
}

/** A live contact rings until it is taken, given up or gone. */
function ringOn() {
  clearInterval(ringing);
  ringing = 0;
  if (!offerCards().some(isLive)) return;
  ringing = setInterval(() => {
    if (ringer.held) sounds.play("live_offer");
  }, RING_AGAIN_MS);
}

function takeOffers() {
  const cards = offerCards();
  const now = new Set(cards.map((card) => card.dataset.offer));
  for (const gone of offers) if (!now.has(gone)) forget(`offer:${gone}`);
  for (const card of cards) {
    if (offers.has(card.dataset.offer)) continue;
    const name = card.querySelector("b")?.textContent.trim() ?? "";
    const clicked = () => byId(card.id)?.querySelector("button")?.focus();
    call(isLive(card) ? "live_offer" : "offer", { tag: `offer:${card.dataset.offer}`, title: say("offered"), body: name, clicked });
  }
  offers = now;
  ringOn();
  count();
}

const attribute = (row, name) => row.match(new RegExp(` data-${name}="([^"]*)"`))?.[1] ?? "";

/** An html frame: is it a customer's word in a conversation of one's own? */
export function take({ html }) {
  const found = html.match(ROW);
  if (!found) return;
  const [row, id] = found;
  const conversation = Number(id);
  heard.add(conversation);
  const now = Number(attribute(row, "unread"));
  const isMine = attribute(row, "people").split(" ").includes(String(user));
  const before = unread.get(conversation) ?? 0;
  if (isMine && now) unread.set(conversation, now);
  else unread.delete(conversation);
  if (!now) forget(`conversation:${conversation}`);
  count();
  if (!isMine || now <= before) return;
  const name = document.createElement("textarea");
  name.innerHTML = html.match(NAME)?.[1] ?? "";
  wrote(conversation, name.value);
}

const wrote = (conversation, name) =>
  call("reply", { conversation, tag: `conversation:${conversation}`, title: name, body: say("wrote"), clicked: () => pane.open(conversation) });

function mentioned({ conversation, who = "", text = "" }) {
  heard.add(conversation);
  mentions.add(conversation);
  count();
  call("mention", { conversation, tag: `conversation:${conversation}`, title: say("mentioned", who), body: text, clicked: () => pane.open(conversation) });
}

/** Opened: what was there to see has been seen. */
function look() {
  const conversation = pane.current();
  tabs.look(conversation);
  if (document.hidden) return;
  if (mentions.delete(conversation)) {
    heard.add(conversation);
    count();
  }
  forget(`conversation:${conversation}`);
}

/** After a lost connection the server says what waits; what came meanwhile calls now. */
async function refetch() {
  const asked = (heard = new Set());
  const answer = await fetch("/console/alerts/", { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return;
  const said = await answer.json();
  if (asked !== heard) return; // asked again meanwhile
  for (const conversation of unread.keys()) if (!(conversation in said.unread) && !asked.has(conversation)) unread.delete(conversation);
  for (const [id, many] of Object.entries(said.unread)) {
    const conversation = Number(id);
    if (asked.has(conversation)) continue;
    const before = unread.get(conversation) ?? 0;
    unread.set(conversation, many);
    if (many > before) wrote(conversation, byId(`row-${id}`)?.querySelector(".name")?.textContent ?? "");
  }
  const isNews = (conversation) => asked.has(conversation);
  mentions = new Set([...said.mentions.filter((conversation) => !isNews(conversation)), ...[...mentions].filter(isNews)]);
  count();
}

function startShift() {
  byId("start-shift")?.addEventListener("click", () => {
    if (settings.notifications && "Notification" in self && Notification.permission === "default") Notification.requestPermission();
  });
  // However one's status was changed: the banner is for those who are offline.
  document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
    const menu = detail.target.id === "status" && byId("status-menu");
    if (menu && byId("shift")) byId("shift").hidden = menu.dataset.state !== "offline";
  });
}

export function start() {
  badge.start();
  notifier = tabs.claim("notify");
  sounds.start();
  sounds.unlocked.then(() => (ringer = tabs.claim("ring")));
  startShift();
  takeOffers();
  look();
  document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.target.id === "offers") takeOffers();
    else if (detail.target.id === "pane") look();
  });
  document.addEventListener("visibilitychange", look);
  live.on("mention", mentioned);
  live.on("given", ({ conversation }) =>
    call("offer", { conversation, tag: `conversation:${conversation}`, title: say("given"), body: "", clicked: () => pane.open(conversation) }));
  live.on("up", refetch);
  live.on("reset", refetch);
}
