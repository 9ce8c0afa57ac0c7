/** Canned replies by `/`: found by short name, title, tag or text, shown as they will read, in any of their languages. */
import { fold, icon, say } from "./data.js";
import { toast } from "./toasts.js";

const PLACE = /\{[A-Za-z_][A-Za-z0-9_]*\}/;

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
};

/** How well an answer fits; 0 not at all. */
function fit(answer, query) {
  if (!query) return 1;
  if (fold(answer.shortcut).startsWith(query)) return 4;
  if (fold(answer.title).includes(query)) return 3;
  if (answer.tags.some((tag) => fold(tag).startsWith(query))) return 2;
  return answer.variants.some(({ text }) => fold(text).includes(query)) ? 1 : 0;
}

/** The source for the picker of one composer. */
export function answers(form) {
  const field = form.querySelector("textarea");
  let loaded = null;
  const shown = (answer) => answer.variants[answer.at ?? 0];
  return {
    trigger: "/",
    pattern: /(?:^|\s)\/([^\n/]{0,30})$/,
    isOn: () => true,
    async load() {
      try {
        loaded ??= fetch(`${form.dataset.url}answers/`).then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))));
        return (await loaded).answers;
      } catch {
        loaded = null;
        toast(say("failed"), "bad");
        return [];
      }
    },
    filter(items, typed) {
      const query = fold(typed);
      const ranked = items.map((answer) => ({ answer, rank: fit(answer, query) })).filter(({ rank }) => rank);
      return ranked.sort((one, other) => other.rank - one.rank).map(({ answer }) => answer);
    },
    option(answer) {
      const parts = [element("span", "grow cut", answer.title)];
      if (answer.variants[0].foreign) parts.push(element("span", "chip warn", answer.variants[0].language.toUpperCase()));
      return [...parts, element("span", "kbd", `/${answer.shortcut}`)];
    },
    preview(answer, again) {
      const variant = shown(answer);
      const text = element("p", "text", "");
      text.lang = variant.language;
      for (const [index, part] of variant.text.split(new RegExp(`(${PLACE.source})`)).entries()) {
        text.append(index % 2 && variant.left.includes(part.slice(1, -1)) ? element("mark", "", part) : part);
      }
      const parts = [text];
      if (variant.foreign || variant.left.length) parts.unshift(warning(variant));
      if (answer.variants.length > 1) parts.push(languages(answer, variant, again));
      return parts;
    },
    turn(answer, by) {
      const count = answer.variants.length;
      answer.at = ((answer.at ?? 0) + by + count) % count;
    },
    insert: (answer) => shown(answer).text,
    /** What could not be filled in is selected, to be written over. */
    picked(answer, start) {
      const { text, left } = shown(answer);
      const place = left.length ? text.indexOf(`{${left[0]}}`) : -1;
      if (place >= 0) field.setSelectionRange(start + place, start + place + left[0].length + 2);
    },
  };
}

function warning(variant) {
  const line = element("p", "t1 ink warn h g4", "");
  const missing = variant.left.map((name) => `{${name}}`).join(", ");
  const words = [variant.foreign && say("other_language", variant.name), missing && say("fill_in", missing)];
  line.append(icon("alert", "s"), words.filter(Boolean).join(" "));
  return line;
}

function languages(answer, variant, again) {
  const row = element("div", "h g4 wrap", "");
  answer.variants.forEach((other, index) => {
    const button = element("button", `btn sm${other === variant ? " on" : ""}`, other.name);
    button.type = "button";
    button.tabIndex = -1; // by keyboard: the arrows to the side
    button.setAttribute("aria-pressed", String(other === variant));
    button.addEventListener("click", () => {
      answer.at = index;
      again();
    });
    row.append(button);
  });
  row.append(element("span", "kbd", "← →"));
  return row;
}

/** The first variable that still stands in a text, of those that canned replies have. */
export const placeLeft = (text, names) => names.map((name) => `{${name}}`).find((place) => text.includes(place)) ?? "";
