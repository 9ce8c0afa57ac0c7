/**
 * Replies between the click and the customer: pale at once, with a few seconds to take them back; or waiting above the
 * place for writing until their time. What comes back is given to `returned`.
 */
import { byId, load, now, post, say } from "./data.js";
import * as live from "./live.js";
import { toEnd } from "./timeline.js";
import { toast } from "./toasts.js";

const TICK_MS = 250;
// Client id -> {entry, id, until}: on their way out from this tab.
const held = new Map();
// Client ids whose end has been told.
const settled = new Set();
let timer = 0;
let returned = () => {};

const bubbleOf = (client) => document.querySelector(`.pending[data-client="${CSS.escape(client)}"]`);
const isOpen = (conversation) => Number(byId("open")?.dataset.conversation) === conversation;

/** The message at once, pale, until the server has it. */
export function showPending(entry) {
  const timeline = document.querySelector("#open .timeline");
  const client = entry.fields.client_id;
  if (!timeline || !isOpen(entry.conversation) || bubbleOf(client)) return;
  const item = document.createElement("li");
  item.className = `msg me pending${entry.mode === "note" ? " note" : ""}`;
  item.dataset.client = client;
  const bubble = document.createElement("div");
  bubble.className = "bub";
  bubble.innerText = [entry.fields.text, ...entry.files.map(({ name }) => name)].filter(Boolean).join("\n");
  const meta = document.createElement("div");
  meta.className = "meta";
  item.append(bubble, meta);
  timeline.append(item);
  toEnd();
  if (held.has(client)) offerUndo(client);
  else showState(client, live.isUp() ? "sending" : "in_outbox");
}

/** It could not be sent yet. */
export const showWaiting = ({ fields }) => showState(fields.client_id, "in_outbox");

function showState(client, word) {
  const meta = bubbleOf(client)?.querySelector(".meta");
  if (!meta) return;
  meta.textContent = say(word);
  if (word === "in_outbox") meta.append(action(say("take_back"), "outboxBack", client));
}

function action(words, name, value) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  button.dataset[name] = value;
  button.textContent = words;
  return button;
}

export const dropPending = (client) => bubbleOf(client)?.remove();

/** In a pane that was filled again: what is still on its way. */
export function showAll(entries) {
  entries.forEach(showPending);
  for (const { entry } of held.values()) showPending(entry);
}

/** The server keeps it for some seconds, or until its time. */
export function hold(entry, { id, client, state, send_at: sendAt }) {
  if (state !== "pending") {
    if (state !== "sent") dropPending(client);
    return;
  }
  if (entry.fields.send_at) {
    dropPending(client);
    refresh(entry.conversation);
    return;
  }
  held.set(client, { entry, id, until: Date.parse(sendAt) });
  offerUndo(client);
  timer ||= setInterval(tick, TICK_MS);
}

const secondsLeft = ({ until }) => Math.max(0, Math.ceil((until - now()) / 1000));

function offerUndo(client) {
  const meta = bubbleOf(client)?.querySelector(".meta");
  if (!meta) return;
  const left = document.createElement("span");
  left.className = "left";
  left.ariaHidden = "true"; // a clock is not read out
  left.textContent = say("goes_out_in", secondsLeft(held.get(client)));
  meta.replaceChildren(left, action(say("undo"), "undo", client));
}

function tick() {
  for (const [client, reply] of held) {
    const left = bubbleOf(client)?.querySelector(".left");
    if (left) left.textContent = say("goes_out_in", secondsLeft(reply));
    if (reply.until <= now()) release(client);
  }
  if (!held.size) {
    clearInterval(timer);
    timer = 0;
  }
}

/** Its seconds are over. The sweeper would send it too; asking is quicker and tells what became of it. */
async function release(client) {
  const { entry, id } = held.get(client);
  held.delete(client);
  showState(client, "sending");
  const said = await ask(`/console/scheduled/${id}/send/`);
  if (said?.code) comeBack(entry.conversation, client, said.text, entry);
  else if (said) arrived(client, said);
}

function arrived(client, frame) {
  if (frame.t === "html") live.take(frame);
  if (frame.t === "html") dropPending(client);
}

async function ask(url) {
  try {
    return await (await post(url, {})).json();
  } catch {
    return null; // the socket tells, or the row is still there
  }
}

async function undo(client) {
  const reply = held.get(client);
  if (!reply) return;
  held.delete(client);
  settled.add(client);
  const said = await ask(`/console/scheduled/${reply.id}/take-back/`);
  if (said?.state === "cancelled") {
    dropPending(client);
    returned(reply.entry, { isKept: true });
  } else {
    showState(client, "sending");
    if (said?.code) toast(said.text, "warn");
  }
}

/** By keyboard: the last one of a conversation. Returns whether there is one. */
export function undoLast(conversation) {
  const last = [...held].findLast(([, { entry }]) => entry.conversation === conversation);
  if (last) undo(last[0]);
  return Boolean(last);
}

/** A reply did not go out: its words go back to where they were written. Told by the answer and by the socket. */
async function comeBack(conversation, client, text, entry) {
  if (settled.has(client)) return;
  settled.add(client);
  dropPending(client);
  await refresh(conversation);
  const back = byId("scheduled")?.querySelector("[data-refused-text]");
  const words = entry?.fields.text ?? back?.dataset.refusedText ?? "";
  returned(entry ?? { conversation, mode: "reply", fields: { text: words }, files: begunFiles() }, { why: text, isKept: true });
}

/** Files that wait on the server for the next message. */
export const begunFiles = () =>
  [...document.querySelectorAll("#scheduled [data-begun]")].map(({ dataset }) => ({ id: dataset.begun, name: dataset.name }));

async function refresh(conversation) {
  if (isOpen(conversation) && byId("scheduled")) await load(`/console/c/${conversation}/scheduled/`, "#scheduled");
}

/** What became of one, for all tabs of its author. */
function told({ conversation, client, state, text }) {
  const entry = held.get(client)?.entry;
  if (state !== "pending") held.delete(client);
  if (state === "refused") comeBack(conversation, client, text, entry);
  else if (state === "cancelled") {
    dropPending(client);
    refresh(conversation);
  } else if (!bubbleOf(client) || byId("scheduled")?.querySelector(`[data-client="${CSS.escape(client)}"]`)) refresh(conversation);
}

async function clicked(event) {
  const button = event.target.closest("[data-undo], [data-send-now], [data-take-back]");
  if (!button || button.disabled) return;
  button.disabled = true;
  if (button.dataset.undo) {
    undo(button.dataset.undo);
    return;
  }
  const conversation = Number(byId("open").dataset.conversation);
  const { client } = button.closest("[data-client]").dataset;
  settled.add(client);
  const said = await ask(button.dataset.sendNow ?? button.dataset.takeBack);
  if (said?.t === "html") live.take(said);
  if (said?.code) toast(said.text, "warn");
  await refresh(conversation);
  if (said?.state === "cancelled") returned({ conversation, mode: "reply", fields: { text: said.text }, files: begunFiles() }, { isKept: true });
  button.disabled = false;
}

export function start(given) {
  returned = given;
  live.on("reply", told);
  document.addEventListener("click", clicked);
}
