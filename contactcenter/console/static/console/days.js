/** What stands between the entries of a timeline: days, and many events in a row as one line. */
import { language, say } from "./data.js";
import { dayOf, dayText } from "./timers.js";

const MOST_EVENTS = 3;
const days = new WeakMap();
const forms = new Intl.PluralRules(language);
// A number for each form of counted things: see timeline_words.py.
const SAMPLES = { zero: 10, one: 1, two: 2, few: 2, many: 5, other: 2 };

function dayOfEntry(entry) {
  if (!days.has(entry)) days.set(entry, dayOf(Date.parse(entry.dataset.moment)));
  return days.get(entry);
}

function separator(entry) {
  const line = document.createElement("li");
  line.className = "day";
  line.textContent = dayText(Date.parse(entry.dataset.moment));
  days.set(line, dayOfEntry(entry));
  return line;
}

/** A line before the first entry of each day. */
export function markDays(list) {
  let last = "";
  let line = null;
  for (const entry of [...list.children]) {
    if (entry.classList.contains("day")) {
      line?.remove();
      line = entry;
    } else if (entry.dataset.moment) {
      const day = dayOfEntry(entry);
      if (day === last) line?.remove();
      else if (!line || days.get(line) !== day) {
        line?.remove();
        entry.before(separator(entry));
      }
      line = null;
      last = day;
    }
  }
  line?.remove();
}

const isGroup = (entry) => entry.classList.contains("evs");
const eventsOf = (entry) => (isGroup(entry) ? [...entry.querySelector("ol").children] : [entry]);

function newGroup(first) {
  const group = document.createElement("li");
  group.className = "evs";
  group.dataset.moment = first.dataset.moment;
  const box = document.createElement("details");
  const inner = document.createElement("ol");
  inner.className = "timeline";
  box.append(document.createElement("summary"), inner);
  group.append(box);
  return group;
}

function foldRun(run) {
  const events = run.flatMap(eventsOf);
  if (events.length <= MOST_EVENTS || (run.length === 1 && isGroup(run[0]))) return;
  const group = run.find(isGroup) ?? newGroup(events[0]);
  run[0].before(group);
  group.querySelector("ol").replaceChildren(...events);
  for (const other of run) if (isGroup(other) && other !== group) other.remove();
  group.querySelector("summary").textContent = say(`events_${SAMPLES[forms.select(events.length)]}`, events.length);
}

/** What happened last stays to be read; runs of events that something follows become one line. */
function groupEvents(list) {
  let run = [];
  for (const entry of [...list.children]) {
    if (entry.matches(".ev[data-moment], .evs")) run.push(entry);
    else if (!entry.matches(".pending, .more")) {
      foldRun(run);
      run = [];
    }
  }
}

/** After entries came, anywhere in the list. */
export function arrange(list) {
  markDays(list);
  groupEvents(list);
}
