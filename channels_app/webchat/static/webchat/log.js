/* The conversation on screen: messages, what is still on its way, place in line, foot. Nodes are kept, not redrawn. */

import { el, initials, t } from "./dom.js";
import * as views from "./views.js";

const drawn = new WeakMap();

/** Bring the nodes of `views.chat` in line with the state. */
export function drawChat(parts, state, act, line) {
  const conversation = state.conversation;
  const agent = conversation && conversation.agent && conversation.agent.name;
  const isWaiting = conversation && conversation.state === "queued";
  const isRunning = conversation && conversation.state !== "closed";
  parts.title.textContent = agent || state.config.name;
  parts.face.className = agent ? "av" : "";
  parts.face.textContent = agent ? initials(agent) : "";
  drawLog(parts.log, state, act);
  const key = JSON.stringify(isWaiting ? conversation : null);
  if (parts.status.dataset.key !== key) {
    parts.status.dataset.key = key;
    parts.status.replaceChildren(...(isWaiting ? [views.waiting(conversation)] : []));
  }
  parts.attach.hidden = !isRunning;
  const hint = !conversation ? "write_message" : isWaiting ? "add_details" : isRunning ? "write_message" : "write_again";
  parts.text.placeholder = t(hint);
  drawFoot(parts, isRunning, act, line);
}

/** Stay at the newest message while it grows (pictures load late), unless the reader has scrolled up. */
export function keepAtEnd({ scroll, log, status }) {
  let isPinned = true;
  scroll.addEventListener("scroll", () => {
    // A hidden frame has no height and says nothing about its reader.
    if (scroll.clientHeight) isPinned = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  });
  const watch = new ResizeObserver(() => {
    if (isPinned) scroll.scrollTop = scroll.scrollHeight;
  });
  for (const part of [scroll, log, status]) watch.observe(part);
}

function drawFoot(parts, isRunning, act, line) {
  const words = line.isUp ? "" : t(line.failures ? "offline" : "connecting");
  const key = words || String(isRunning);
  if (parts.foot.dataset.key === key) return;
  parts.foot.dataset.key = key;
  parts.foot.hidden = !words && !isRunning;
  const end = el("button", { type: "button", click: act.askEnd }, t("end_chat"));
  parts.foot.replaceChildren(...(words ? [words] : isRunning ? [end] : []));
}

function drawLog(list, state, act) {
  const pending = state.outbox.filter((message) => !state.messages.some((known) => known.client === message.id));
  const rows = [...state.messages, ...pending.map((message) => ({
    ...message, client: message.id, from: "you", delivery: message.failed ? "failed" : "sending",
  }))];
  const left = new Map([...list.children].map((node) => [node.dataset.id, node]));
  rows.forEach((message, place) => {
    const name = message.client || message.id;
    const look = `${message.delivery} ${message.problem || ""}`;
    let node = left.get(name);
    if (!node) node = views.bubble(message, act);
    else if (drawn.get(node) !== look && message.from !== "system") {
      node.querySelector(".meta").replaceWith(views.meta(message, act));
    }
    node.dataset.id = name;
    drawn.set(node, look);
    left.delete(name);
    if (list.children[place] !== node) list.insertBefore(node, list.children[place] || null);
  });
  for (const node of left.values()) node.remove();
}
