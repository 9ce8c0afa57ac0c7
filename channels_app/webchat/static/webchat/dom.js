/* Small helpers: elements, icons, words, times. Text is always set as text, never as markup. */

const SVG = "http://www.w3.org/2000/svg";
let words = {};
let locale = "en";

export function speak(catalogue, language) {
  words = catalogue;
  locale = language;
}

/** A word of the catalogue; `%s` takes the values in turn. */
export function t(name, ...values) {
  return values.reduce((text, value) => text.replace("%s", String(value)), words[name] || name);
}

/** A wait as the server has rounded it. */
export function waitWords({ first, last, hours }) {
  if (!last) return t("wait_less");
  const unit = hours ? "wait_hours" : "wait_minutes";
  return first === last ? t(unit, last) : t(`${unit}_between`, first, last);
}

/** An element: `el("p.muted", { title: "…" }, "text", child)`; functions become listeners, false and null nothing. */
export function el(spec, attributes = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Fill `node` anew if what it shows has changed; whoever held the focus in it (by `data-f`) keeps it. */
export function redraw(node, seen, make) {
  const key = JSON.stringify(seen);
  if (node.seen === key) return;
  node.seen = key;
  const held = node.contains(document.activeElement) ? document.activeElement.dataset.f : null;
  node.replaceChildren(...make().flat().filter(Boolean));
  if (held) (node.querySelector(`[data-f="${held}"]`) || node.querySelector("button, input"))?.focus();
}

/** Random by the browser's generator; `randomUUID` is missing where a page comes without TLS. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-a$4-$5");
}

export function icon(name, size = "") {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", `i ${size}`.trim());
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export function initials(name) {
  return name.split(/\s+/).map((part) => part[0] || "").join("").slice(0, 2).toUpperCase();
}

/** "10:04" today, "Mon 10:04" this week, else with the date. */
export function clock(at) {
  const moment = new Date(at);
  const age = Date.now() - moment.getTime();
  const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  if (moment.toDateString() === new Date().toDateString()) return moment.toLocaleTimeString(locale, time);
  const day = age < 6 * 864e5 ? { weekday: "short" } : { day: "numeric", month: "short" };
  return moment.toLocaleString(locale, { ...day, ...time });
}

/** When we are back, as people say it: "today 14:00", "Monday 9:00". */
export function moment(at) {
  const when = new Date(at);
  const time = when.toLocaleTimeString(locale, { hour: "numeric", minute: "2-digit", hourCycle: "h23" });
  const days = Math.round((new Date(when).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 864e5);
  if (days < 2) return `${new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day")}, ${time}`;
  const shape = days < 7 ? { weekday: "long" } : { weekday: "short", day: "numeric", month: "short" };
  return `${when.toLocaleDateString(locale, shape)}, ${time}`;
}

/** "Today", "Yesterday", else the date. */
export function dayName(at) {
  const when = new Date(at);
  const days = Math.round((new Date(when).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 864e5);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const name = days > -2 && days < 1 ? relative.format(days, "day") : when.toLocaleDateString(locale, { dateStyle: "long" });
  return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1);
}

export function fileSize(bytes) {
  const [size, unit] = bytes < 1e6 ? [Math.max(bytes / 1e3, 1), "kilobyte"] : [bytes / 1e6, "megabyte"];
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: size < 10 ? 1 : 0 }).format(size);
}

/** Text with its web addresses as links that tell nobody where the reader came from. */
export function linked(text) {
  const parts = [];
  let last = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g)) {
    parts.push(text.slice(last, match.index));
    parts.push(el("a.link", { href: match[0], target: "_blank", rel: "nofollow noopener noreferrer" }, match[0]));
    last = match.index + match[0].length;
  }
  parts.push(text.slice(last));
  return parts;
}
