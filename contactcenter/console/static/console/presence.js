/** Others in the open conversation: who looks at it, who is typing. Forgotten when nothing more is heard. */
import { byId, language, say } from "./data.js";
import * as live from "./live.js";

const TYPING_MS = 6_000;
// Conversation -> people who look at it, as last heard.
const viewers = new Map();
// Name -> timer, for colleagues who are typing in the conversation in front.
const typing = new Map();
let customerTimer = 0;
let front = 0;

const names = new Intl.ListFormat(language);
const initialsOf = (name) => {
  const words = name.split(/\s+/).filter(Boolean);
  return [words[0]?.[0], words.length > 1 ? words.at(-1)[0] : ""].join("").toUpperCase();
};

function avatar({ name }) {
  const picture = document.createElement("span");
  picture.className = "av s acc";
  picture.ariaHidden = "true";
  picture.title = typing.has(name) ? say("typing_reply", name) : say("viewing", name);
  picture.textContent = initialsOf(name);
  picture.classList.toggle("writes", typing.has(name));
  return picture;
}

/** Faces in the pane's head, words for those who cannot see them. */
function show() {
  const place = byId("others");
  if (!place) return;
  const people = [...(viewers.get(front) ?? [])];
  for (const name of typing.keys()) if (!people.some((one) => one.name === name)) people.push({ name });
  const writers = [...typing.keys()];
  const words = writers.length
    ? say("typing_reply", names.format(writers))
    : people.length ? say(people.length > 1 ? "viewing_all" : "viewing", names.format(people.map(({ name }) => name))) : "";
  place.hidden = !people.length;
  place.classList.toggle("writing", Boolean(writers.length));
  place.querySelector("[data-faces]").replaceChildren(...people.map(avatar));
  const said = place.querySelector("[data-words]");
  if (said.textContent !== words) said.textContent = words;
}

/** Another conversation is in front; none while nobody looks at this tab. */
export function look(conversation) {
  if (conversation !== front) {
    for (const timer of typing.values()) clearTimeout(timer);
    typing.clear();
    viewers.clear();
    customerStopped();
  }
  front = conversation;
  live.view(document.hidden ? 0 : conversation);
  show();
}

function customerStopped() {
  clearTimeout(customerTimer);
  if (byId("typing")) byId("typing").hidden = true;
}

/** Their message is here: they do not type it any more. */
export function wrote(entry) {
  if (entry.dataset.kind === "in") customerStopped();
  clearTimeout(typing.get(entry.dataset.who));
  if (typing.delete(entry.dataset.who)) show();
}

function customerTypes(name) {
  const line = byId("typing");
  line.lastElementChild.textContent = say("typing", name);
  line.hidden = false;
  clearTimeout(customerTimer);
  customerTimer = setTimeout(customerStopped, TYPING_MS);
}

/** Somebody types in a conversation of the timeline; forgotten after six seconds. */
export function showTyping({ conversation, side, who }) {
  if (side === "customer") customerTypes(who || (byId("pane-head")?.querySelector("h1")?.textContent ?? ""));
  else if (conversation === front) {
    clearTimeout(typing.get(who));
    typing.set(who, setTimeout(() => {
      typing.delete(who);
      show();
    }, TYPING_MS));
    show();
  }
}

export function start(current) {
  live.on("viewers", ({ conversation, people }) => {
    viewers.set(conversation, people);
    if (conversation === front) show();
  });
  document.addEventListener("visibilitychange", () => look(current()));
  // The head was drawn again.
  document.body.addEventListener("htmx:afterSettle", ({ detail }) => detail.target?.id === "desk" && show());
}
