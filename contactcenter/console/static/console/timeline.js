/**
 * The timeline that is open: entries come to its end or in place of themselves, pages load at both ends, another place
 * may be shown. The reader's place stays, whatever comes.
 */
import { byId, post, say, user } from "./data.js";
import { arrange } from "./days.js";
import * as live from "./live.js";
import { toast } from "./toasts.js";
import { writeTimes } from "./timers.js";

const NEAR_END = 8;
// Conversations that are kept complete.
let shown = new Set();
// Who wrote what stands below the reader.
let news = [];
// How often another place was asked for: the last one counts.
let asked = 0;

export const list = () => document.querySelector("#open .timeline");
const scroller = () => byId("scroller");
const conversation = () => Number(byId("open")?.dataset.conversation ?? 0);
export const isShown = (pk) => shown.has(pk);
/** Whether the newest entries are there: one may look at another time. */
const isNow = () => !list()?.querySelector(":scope > .later");

/** What stays where it is while the rest changes: the first entry in sight, unless one is given. */
function firstInSight() {
  const entries = list().children;
  const { top } = scroller().getBoundingClientRect();
  let [low, high] = [0, entries.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle].getBoundingClientRect().bottom > top) high = middle;
    else low = middle + 1;
  }
  return entries[low]?.matches(".more") ? entries[low].nextElementSibling : entries[low];
}

/** Remember where the reader is; the answer puts them back there. */
function remember(anchor = firstInSight()) {
  const before = anchor?.getBoundingClientRect().top;
  return () => {
    if (anchor?.isConnected) scroller().scrollTop += anchor.getBoundingClientRect().top - before;
  };
}

/** New entries of a list: times, days, one's own words; nothing twice. */
function finish(entries) {
  const seen = new Set();
  for (const entry of [...entries.children].reverse()) {
    if (entry.id && seen.has(entry.id)) entry.remove();
    else seen.add(entry.id);
    if (Number(entry.dataset.author) === user) entry.classList.add("mine");
  }
  writeTimes(entries);
  arrange(entries);
}

/** Follow the conversations of the list from where it stands, show it where it was asked for. */
export function adopt() {
  const entries = list();
  const seqs = JSON.parse(entries?.dataset.seqs ?? "{}");
  const next = new Set(Object.keys(seqs).map(Number));
  for (const pk of shown) if (!next.has(pk)) live.shut(pk);
  for (const pk of next) live.open(pk, seqs[pk]);
  shown = next;
  news = [];
  if (!entries) return;
  finish(entries);
  const focus = byId(entries.dataset.focus ?? "");
  if (focus) goTo(focus, { mark: "isPlace" in entries.dataset });
  showPill();
}

/** Another part of the timeline: around a message (`at=3-7`), a day (`date=…`), or the newest. */
export async function show(query = "") {
  const mine = (asked += 1);
  const place = scroller();
  const answer = await fetch(`/console/c/${conversation()}/timeline/${query && "?"}${query}`, { headers: { "HX-Request": "true" } });
  if (answer.status === 401) document.dispatchEvent(new Event("signed-out"));
  if (!answer.ok) {
    toast(say("failed"), "bad");
    return;
  }
  const html = await answer.text();
  // Another place has been asked for meanwhile, or another conversation.
  if (mine !== asked || !place.isConnected) return;
  const entries = place.querySelector(":scope > .log");
  htmx.swap(entries, html, { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 }, { eventInfo: { target: entries } });
  adopt();
  document.dispatchEvent(new Event("timeline"));
}

/** To the newest entry. */
export function toEnd() {
  if (!isNow()) return show();
  scroller().scrollTop = 0;
  return undefined;
}

/** Into the middle of the screen, out of whatever it is folded into. */
export function goTo(entry, { mark = true } = {}) {
  for (let box = entry.parentElement.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  const centre = () => entry.scrollIntoView({ block: mark ? "center" : "start" });
  centre();
  // What lay out of sight had a guessed height until now.
  requestAnimationFrame(centre);
  if (!mark) return;
  document.querySelector(".here")?.classList.remove("here");
  entry.classList.add("here");
  if (!byId("find")?.contains(document.activeElement)) entry.focus({ preventScroll: true });
}

/** An entry of a frame goes to the end of its timeline, or in place of itself. Whether it is new. */
function place(entries, entry) {
  const known = byId(entry.id);
  if (known) {
    renew(known, entry);
    return false;
  }
  if (entry.dataset.client) entries.querySelector(`.pending[data-client="${CSS.escape(entry.dataset.client)}"]`)?.remove();
  if (isNow()) entries.insertBefore(entry, entries.querySelector(":scope > .pending"));
  return true;
}

/** Only what is below the words changes while they stay: sound goes on playing, a selection stands. */
function renew(known, entry) {
  const [was, is] = [known, entry].map((one) => one.querySelector(":scope > .meta"));
  writeTimes(entry);
  const hadFocus = known.contains(document.activeElement);
  if (was && is) was.replaceWith(is);
  else known.replaceWith(entry);
  // The button that had the focus may be gone with the failure it spoke of.
  if (hadFocus && document.activeElement === document.body) byId(entry.id).focus({ preventScroll: true });
}

/** An entry that stands somewhere was changed. */
export const replace = (entry) => byId(entry.id) && renew(byId(entry.id), entry);

/** Entries of a frame for the timeline `selector`. The new ones, or null where that timeline is not on the screen. */
export function append(selector, added, frame) {
  const entries = document.querySelector(selector);
  if (!entries) return null;
  if (!frame.fresh) return [];
  const isAtEnd = scroller().scrollTop > -NEAR_END;
  const restore = isAtEnd ? () => {} : remember();
  const fresh = [...added.children].filter((entry) => place(entries, entry));
  if (isNow()) finish(entries);
  restore();
  if (!isAtEnd || !isNow()) {
    news.push(...fresh.filter((entry) => entry.dataset.kind && Number(entry.dataset.author) !== user).map((entry) => entry.dataset.who));
    showPill();
  }
  if (!shown.has(frame.conversation)) follow(frame);
  return fresh;
}

/** A conversation that had not begun, or was folded away as over, goes on in sight. */
function follow({ conversation: pk, seq }) {
  shown.add(pk);
  live.open(pk, seq);
  const folded = byId(`contact-${pk}`);
  const url = folded?.querySelector("details").getAttribute("hx-get");
  if (url) htmx.ajax("GET", url, { source: folded, target: folded, swap: "outerHTML" });
}

const firstName = (name) => name.split(" ")[0];

/** What is new below, or the way back from another time. */
function showPill() {
  const pill = byId("jump");
  if (!pill) return;
  const names = [...new Set(news.filter(Boolean).map(firstName))];
  const words = news.length ? say("new_below", news.length, new Intl.ListFormat(document.documentElement.lang).format(names)) : say("to_now");
  pill.lastElementChild.textContent = words;
  pill.hidden = !news.length && isNow();
}

function scrolled() {
  if (!scroller() || scroller().scrollTop < -NEAR_END || !isNow() || !news.length) return;
  news = [];
  showPill();
}

/** A page comes in place of the line that asked for it, or into a contact that is unfolded. */
function swapping(event) {
  const { target } = event.detail;
  if (!target?.closest?.("#open .timeline") || target === list()) return;
  const inside = target.closest(".contact-line")?.querySelector(".timeline");
  const restore = remember(inside ? target.closest(".contact-line") : undefined);
  queueMicrotask(() => {
    finish(inside?.isConnected ? inside : list());
    restore();
    showPill();
    document.dispatchEvent(new Event("timeline-more"));
  });
}

async function retry(button) {
  if (button.disabled) return;
  button.disabled = true;
  try {
    const answer = await post(button.dataset.retry, {});
    const said = await answer.json();
    if (!answer.ok) toast(said.text ?? say("failed"), "bad");
    else if (said.t) live.take(said);
  } catch {
    toast(say("failed"), "bad");
  }
  button.disabled = false;
}

function clicked(event) {
  const again = event.target.closest("[data-retry]");
  if (again) retry(again);
  if (event.target.closest("#jump")) toEnd();
  // Unfolded downwards, though the timeline hangs from its end.
  const summary = event.target.closest("#scroller summary");
  if (!summary) return;
  event.preventDefault();
  const restore = remember(summary);
  summary.parentElement.open = !summary.parentElement.open;
  restore();
}

export function start() {
  document.addEventListener("click", clicked);
  document.addEventListener("scroll", scrolled, { capture: true, passive: true });
  document.body.addEventListener("htmx:beforeSwap", swapping);
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-jump-to]") || !event.target.value) return;
    event.target.closest("details").open = false;
    show(`date=${event.target.value}`);
  });
}
