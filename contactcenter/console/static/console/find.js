/** Search within the open timeline: the server finds, whatever the accents; here one walks from hit to hit. */
import { byId, fold, say } from "./data.js";
import * as timeline from "./timeline.js";

const WAIT_MS = 250;
const LEAST = 2;
let found = [];
let at = -1;
let timer = 0;
let asked = "";

const form = () => byId("find");
const wanted = () => form()?.elements.q.value.trim() ?? "";

function tell(words) {
  byId("find-count").textContent = words;
  for (const button of form().querySelectorAll("[data-find-step]")) button.disabled = !found.length;
}

/** Where the words stand in a text, letter by letter without accents. */
function placesIn(text, words) {
  let folded = "";
  const places = [];
  for (let index = 0; index < text.length; index += 1) {
    const letter = /\s/.test(text[index]) ? " " : fold(text[index]);
    folded += letter;
    for (let count = 0; count < letter.length; count += 1) places.push(index);
  }
  const hits = [];
  for (let start = folded.indexOf(words); start >= 0; start = folded.indexOf(words, start + words.length)) {
    hits.push([places[start], places[start + words.length - 1] + 1]);
  }
  return hits;
}

/** Marked without touching the entries: the browser paints ranges. */
function paint() {
  if (!CSS.highlights) return;
  CSS.highlights.delete("hit");
  const words = fold(wanted());
  if (!form() || form().hidden || !found.length) return;
  const ranges = [];
  for (const key of found) {
    const said = byId(`item-${key}`)?.querySelector(".said, .ev > span");
    if (!said) continue;
    const walker = document.createTreeWalker(said, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      for (const [start, end] of placesIn(walker.currentNode.data, words)) {
        const range = new Range();
        range.setStart(walker.currentNode, start);
        range.setEnd(walker.currentNode, end);
        ranges.push(range);
      }
    }
  }
  CSS.highlights.set("hit", new Highlight(...ranges));
}

async function goTo(index) {
  at = (index + found.length) % found.length;
  tell(say("found_of", at + 1, found.length));
  const key = found[at];
  const entry = byId(`item-${key}`);
  if (entry) timeline.goTo(entry);
  else await timeline.show(`at=${key}`);
  paint();
}

async function ask() {
  const text = wanted();
  const conversation = byId("open").dataset.conversation;
  asked = text;
  found = [];
  at = -1;
  if (text.length < LEAST) {
    tell(text ? say("find_more") : "");
    paint();
    return;
  }
  const answer = await fetch(`/console/c/${conversation}/find/?${new URLSearchParams({ q: text })}`);
  if (text !== wanted() || byId("open")?.dataset.conversation !== conversation) return;
  found = answer.ok ? (await answer.json()).found : [];
  if (found.length) await goTo(0);
  else tell(answer.ok ? say("found_none") : say("failed"));
  paint();
}

function step(by) {
  if (wanted() !== asked) {
    clearTimeout(timer);
    ask();
  } else if (found.length) goTo(at + by);
}

function open() {
  form().hidden = false;
  form().elements.q.select();
  form().elements.q.focus();
}

function close() {
  form().reset();
  form().hidden = true;
  found = [];
  tell("");
  paint();
  document.querySelector(".here")?.classList.remove("here");
  byId("scroller").focus({ preventScroll: true });
}

export function start() {
  document.addEventListener("click", (event) => {
    const by = event.target.closest("[data-find-step]");
    if (by) step(Number(by.dataset.findStep));
    if (event.target.closest("[data-find-close]")) close();
    if (!event.target.closest("[data-find]")) return;
    event.target.closest("details").open = false;
    open();
  });
  document.addEventListener("input", (event) => {
    if (!event.target.closest("#find")) return;
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  document.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    step(1);
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.closest?.("#find")) return;
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && event.shiftKey) step(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  document.addEventListener("timeline", paint);
  document.addEventListener("timeline-more", paint);
}
