/* The messages on screen: days, bubbles, files, what became of each. Nodes are kept, not redrawn. */

import { clock, dayName, el, fileSize, icon, initials, linked, t } from "./dom.js";
import { config } from "./state.js";

const drawn = new WeakMap();
const NEAR_END = 80;

/** Stay at the newest message while it grows (pictures load late), unless the reader has scrolled up. */
export function keepAtEnd({ scroll, log, status, cards }) {
  let isPinned = true;
  scroll.addEventListener("scroll", () => {
    // A hidden frame has no height and says nothing about its reader.
    if (scroll.clientHeight) isPinned = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END;
  });
  const watch = new ResizeObserver(() => {
    if (isPinned) scroll.scrollTop = scroll.scrollHeight;
  });
  for (const part of [scroll, log, status, cards]) watch.observe(part);
}

/** Older messages come when the reader nears the top, and push nothing away. */
export function keepPlace({ scroll, older }) {
  new IntersectionObserver(([entry]) => {
    if (entry.isIntersecting && !older.hidden && scroll.scrollHeight > scroll.clientHeight) older.click();
  }, { root: scroll }).observe(older);
}

/** The messages, days and notes of the state as rows of the log. */
function rowsOf(state) {
  const known = new Set(state.messages.map((message) => message.client));
  const pending = state.outbox.filter((message) => !known.has(message.id));
  const messages = [...state.messages, ...pending.map((message) => ({
    ...message, client: message.id, from: "you", delivery: message.failed ? "failed" : "sending",
  }))];
  const rows = [];
  let day = "";
  for (const message of messages) {
    const next = new Date(message.at).toDateString();
    if (next !== day) rows.push({ id: `day-${next}`, from: "note", text: dayName(message.at), at: message.at });
    day = next;
    rows.push(message);
  }
  const { conversation } = state;
  if (conversation && conversation.state === "closed" && conversation.ended_at) {
    rows.push({ id: "ended", from: "note", text: t("ended_at", clock(conversation.ended_at)) });
  }
  return rows;
}

export function drawLog(list, state, act) {
  const left = new Map([...list.children].map((node) => [node.dataset.id, node]));
  let next = list.firstChild;
  for (const message of rowsOf(state)) {
    const name = message.client || message.id;
    const look = `${message.delivery} ${message.problem || ""} ${message.from === "note" ? message.text : ""}`;
    let node = left.get(name);
    if (!node || (message.from === "note" && drawn.get(node) !== look)) node = bubble(message, act);
    else if (drawn.get(node) !== look) node.querySelector(".meta").replaceWith(meta(message, act));
    node.dataset.id = name;
    drawn.set(node, look);
    if (left.get(name) === node) left.delete(name);
    if (node === next) next = next.nextSibling;
    else list.insertBefore(node, next);
  }
  for (const node of left.values()) node.remove();
}

/** What the customer, somebody here, or the account itself has said. */
export function bubble(message, act) {
  const isMine = message.from === "you";
  if (message.from === "note") return el("li.day", {}, message.text);
  const author = isMine ? t("you") : message.author ? message.author.name : config.name;
  return el(isMine ? "li.msg.me" : "li.msg", {},
    el("span.sr", {}, author), !isMine && el("span.av", { "aria-hidden": "true" }, initials(author) || "?"),
    el("div.bub", {}, message.text && el("p", {}, ...linked(message.text)), ...message.files.map(attachment)),
    meta(message, act));
}

function attachment(file) {
  if (file.type && file.type.startsWith("image/") && file.url) {
    return el("a.pic", { href: file.url, target: "_blank", rel: "noopener" },
      el("img", { src: file.url, alt: `${t("picture")}: ${file.name}`, loading: "lazy" }));
  }
  if (file.type && file.type.startsWith("audio/") && file.url) return voice(file);
  return el("a.file", { href: file.url, download: file.name, target: "_blank", rel: "noopener" },
    icon("file", "s"), el("span.cut", {}, file.name), el("span.muted", {}, fileSize(file.size)));
}

/** Fetched whole when somebody wants to hear it: some browsers play nothing from an address without ranges. */
function voice(file) {
  const button = el("button.file", { type: "button" }, icon("mic", "s"), t("play_voice"), el("span.muted", {}, fileSize(file.size)));
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const sound = el("audio", { controls: true, src: URL.createObjectURL(await (await fetch(file.url)).blob()) });
      button.replaceWith(sound);
      sound.play();
    } catch {
      button.disabled = false;
    }
  });
  return button;
}

/** Time, and for the customer's own messages what became of them, in words. */
function meta(message, act) {
  if (message.from !== "you") return el("div.meta", {}, clock(message.at));
  const tick = { sending: "clock", failed: "alert", read: "double", delivered: "double" }[message.delivery] || "check";
  return el(`div.meta.${message.delivery}`, {},
    message.delivery !== "sending" && clock(message.at), icon(tick, "s"), t(message.delivery),
    message.delivery === "failed" && act
      && el("button.link", { type: "button", click: () => act.retry(message) }, t("retry")),
    message.problem && el("span", {}, message.problem));
}
