/** Colleagues in notes by `@`: whoever may see conversations of this brand. */
import { fold, say } from "./data.js";
import { toast } from "./toasts.js";

/** The source for the picker, and whom a text names. */
export function mentions(form, isNote) {
  let loaded = null;
  let people = [];
  // Where two have one name, the one that was chosen.
  const chosen = new Map();
  const source = {
    trigger: "@",
    pattern: /(?:^|\s)@([^\n@]{0,30})$/,
    isOn: isNote,
    async load() {
      try {
        loaded ??= fetch(`${form.dataset.url}colleagues/`).then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))));
        people = (await loaded).people;
      } catch {
        loaded = null;
        toast(say("failed"), "bad");
      }
      return people;
    },
    filter(items, typed) {
      const query = fold(typed);
      return items.filter(({ name }) => fold(name).startsWith(query) || fold(name).includes(` ${query}`));
    },
    option({ name, team }) {
      const words = document.createElement("span");
      words.className = "grow cut";
      words.textContent = name;
      const teams = document.createElement("span");
      teams.className = "muted t1 cut";
      teams.textContent = team;
      return [words, teams];
    },
    insert: ({ name }) => `@${name} `,
    picked: ({ id, name }) => chosen.set(name, id),
  };
  /** Ids of those whose names stand in the text. */
  function named(text) {
    const found = people.filter(({ name }) => text.includes(`@${name}`));
    return found.filter(({ id, name }) => (chosen.get(name) ?? id) === id).map(({ id }) => id);
  }
  return { source, named };
}
