/** Writes every `<time data-time>` in the user's zone and language, and keeps clocks and countdown bars ticking. */
import { language, now, say, zone } from "./data.js";

// “22 November”, as in Europe.
const locale = language === "en" ? "en-GB" : language;
const format = (options) => new Intl.DateTimeFormat(locale, { timeZone: zone, ...options });
const clock = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const weekday = format({ weekday: "short" });
const shortDay = format({ day: "numeric", month: "short" });
const longDay = format({ weekday: "long", day: "numeric", month: "long" });
const dayAndMonth = format({ day: "numeric", month: "long" });
const longDayAndYear = format({ day: "numeric", month: "long", year: "numeric" });
const year = format({ year: "numeric" });
const dayAndYear = format({ day: "numeric", month: "short", year: "numeric" });
const full = format({ dateStyle: "full", timeStyle: "medium" });
const dayKey = format({ year: "numeric", month: "2-digit", day: "2-digit" });
const DAY_MS = 24 * 3600_000;
const WEEK_MS = 6 * 24 * 3600_000;
// Rows of a long list that the browser leaves out.
const hidden = new WeakSet();
const LIVE = 'time[data-time="since"], time[data-time="left"]';

/** 42 -> “0:42”, 4210 -> “1:10:10”, three days -> “3 d”. */
export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole >= 86_400) return `${Math.floor(whole / 86_400)} d`;
  const parts = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (!parts[0]) parts.shift();
  return parts.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
}

/** “10:06” of a moment in milliseconds. */
export const clockText = (at) => clock.format(at);

const isToday = (at) => dayKey.format(at) === dayKey.format(now());

/** The day of a moment in the user's zone, to be compared. */
export const dayOf = (at) => dayKey.format(at);

/** A day as it stands between the entries of a timeline: “Today, 22 November”, “Monday, 3 November”. */
export function dayText(at) {
  if (isToday(at)) return say("today", dayAndMonth.format(at));
  if (dayOf(at) === dayOf(now() - DAY_MS)) return say("yesterday", dayAndMonth.format(at));
  return year.format(at) === year.format(now()) ? longDay.format(at) : longDayAndYear.format(at);
}

function words(element, at) {
  const style = element.dataset.time;
  if (style === "since") return span((now() - at) / 1000);
  if (style === "left") return span((at - now()) / 1000 + 0.999);
  if (style === "clock") return clock.format(at);
  if (style === "date") return now() - at > 300 * 24 * 3600_000 ? dayAndYear.format(at) : longDay.format(at);
  if (style === "day") return dayAndYear.format(at);
  if (style === "on") return year.format(at) === year.format(now()) ? shortDay.format(at) : dayAndYear.format(at);
  if (style === "full") return full.format(at);
  if (isToday(at)) return clock.format(at);
  if (style === "short") {
    const away = Math.abs(now() - at);
    if (at > now()) return `${away < WEEK_MS ? weekday.format(at) : shortDay.format(at)} ${clock.format(at)}`;
    return away < WEEK_MS ? weekday.format(at) : shortDay.format(at);
  }
  return `${shortDay.format(at)} ${clock.format(at)}`;
}

function write(element) {
  const at = Date.parse(element.dateTime);
  const text = words(element, at);
  // The text itself changes: another node would have the page's style looked at again.
  if (!element.firstChild) element.textContent = text;
  else if (element.firstChild.data !== text) element.firstChild.data = text;
  if (!element.title) element.title = full.format(at);
}

function fill(bar) {
  const from = Date.parse(bar.dataset.from);
  const until = Date.parse(bar.dataset.until);
  bar.max = until - from;
  bar.value = Math.max(0, until - now());
  bar.closest(".offer")?.style.setProperty("--left", bar.value / bar.max);
}

/** Write all moments inside `root`. */
export function writeTimes(root = document) {
  if (root.matches?.("time[data-time]")) write(root);
  root.querySelectorAll("time[data-time]").forEach(write);
  root.querySelectorAll("progress[data-until]").forEach(fill);
}

function tick() {
  // Without a connection nobody knows how long it is by now.
  if (document.body.hasAttribute("data-stale")) return;
  for (const element of document.querySelectorAll(LIVE)) if (!hidden.has(element.closest(".conv"))) write(element);
  document.querySelectorAll("progress[data-until]").forEach(fill);
}

/** A row that is out of sight does not tick; it is written when it comes. */
function sight({ target, skipped }) {
  if (skipped) hidden.add(target);
  else if (hidden.delete(target)) writeTimes(target);
}

export function start() {
  writeTimes();
  document.addEventListener("contentvisibilityautostatechange", sight, { capture: true });
  setInterval(tick, 1000);
  // Each new element by itself: the whole page has thousands.
  document.body.addEventListener("htmx:afterSwap", ({ target }) => target.querySelectorAll && writeTimes(target));
  document.body.addEventListener("htmx:oobAfterSwap", ({ target }) => target.querySelectorAll && writeTimes(target));
}
