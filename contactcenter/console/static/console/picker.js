/**
 * Suggestions while one writes: `/` answers, `@` colleagues, `:` emoji. The focus stays in the text; the arrows walk
 * through the list, Enter inserts, Escape leaves.
 *
 * A source is {trigger, pattern, isOn(), load(), filter(items, query), option(item), insert(item)} and may have
 * `isGrid`, `isSilent` (no word if there is nothing), `name(item)` for those who cannot see it, `preview(item)`, `turn(item, by)` for the arrows to the side, and `picked(item)`.
 */
import { byId, say } from "./data.js";

const MOST = 60;

export class Picker {
  constructor(form, sources) {
    this.field = form.querySelector("textarea");
    this.panel = form.querySelector("[data-picker]");
    this.list = this.panel.querySelector('[role="listbox"]');
    this.preview = this.panel.querySelector("[data-preview]");
    this.sources = sources;
    this.source = null;
    this.items = [];
    this.active = 0;
    // Where a trigger stands that was waved away, or put there by a button.
    this.dismissed = -1;
    this.placed = -1;
    this.field.addEventListener("input", () => this.look());
    this.field.addEventListener("keydown", (event) => this.keydown(event));
    this.field.addEventListener("blur", () => this.close());
    // Clicks do not take the focus out of the text.
    this.panel.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest('[role="option"]');
      if (option) this.choose(Number(option.dataset.index));
    });
    form.addEventListener("click", (event) => {
      const button = event.target.closest("[data-open]");
      if (button?.dataset.open.length === 1) this.open(button.dataset.open);
    });
  }

  get isOpen() {
    return this.source !== null;
  }

  /** As many as there is room for. */
  get columns() {
    return this.source.isGrid ? getComputedStyle(this.list).gridTemplateColumns.split(" ").length : 1;
  }

  /** By a button: the trigger is written for the agent, so that both ways are one. */
  open(trigger) {
    this.field.focus();
    const before = this.field.value.slice(0, this.field.selectionStart);
    const text = /(^|\s)$/.test(before) ? trigger : ` ${trigger}`;
    this.dismissed = -1;
    this.placed = before.length + text.length - 1;
    insert(this.field, text);
  }

  /** What the caret stands behind. */
  async look() {
    const caret = this.field.selectionStart;
    const before = this.field.value.slice(0, caret);
    for (const source of this.sources) {
      const found = source.isOn() && before.match(source.pattern);
      if (!found) continue;
      const query = found[1];
      const start = caret - query.length - 1;
      if (start === this.dismissed) break;
      const items = await source.load();
      // Typed on while it was loading.
      if (this.field.selectionStart !== caret || document.activeElement !== this.field) return;
      this.show(source, start, source.filter(items, query).slice(0, MOST), query);
      return;
    }
    if (caret <= this.dismissed) this.dismissed = -1;
    this.close();
  }

  show(source, start, items, query) {
    if (!items.length && (query || source.isSilent)) {
      this.close();
      return;
    }
    this.source = source;
    this.start = start;
    this.items = items;
    this.active = 0;
    this.panel.classList.toggle("grid", Boolean(source.isGrid));
    this.list.replaceChildren(...(items.length ? items.map((item, index) => this.option(item, index)) : [nothing()]));
    this.panel.hidden = false;
    this.mark();
    byId("announcer").textContent = say("found", items.length);
  }

  option(item, index) {
    const option = document.createElement("div");
    option.id = `${this.list.id}-${index}`;
    option.setAttribute("role", "option");
    option.dataset.index = index;
    option.append(...[this.source.option(item)].flat());
    const name = this.source.name?.(item);
    if (name) option.ariaLabel = option.title = name;
    return option;
  }

  mark() {
    this.list.querySelectorAll('[role="option"]').forEach((option, index) => {
      option.setAttribute("aria-selected", String(index === this.active));
      if (index === this.active) option.scrollIntoView({ block: "nearest" });
    });
    const item = this.items[this.active];
    if (item) this.field.setAttribute("aria-activedescendant", `${this.list.id}-${this.active}`);
    else this.field.removeAttribute("aria-activedescendant");
    this.preview.hidden = !(item && this.source.preview);
    if (!this.preview.hidden) this.preview.replaceChildren(...this.source.preview(item, () => this.mark()));
  }

  keydown(event) {
    if (!this.isOpen || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const { columns } = this;
    const aside = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const down = { ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (event.key === "Escape") this.dismiss();
    else if (["Enter", "Tab"].includes(event.key) && this.items.length) this.choose(this.active);
    else if (down && this.items.length) this.move(down);
    else if (aside && this.source.turn && this.items.length) {
      this.source.turn(this.items[this.active], aside);
      this.mark();
    } else if (aside && columns > 1) this.move(aside);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  move(by) {
    const last = this.items.length - 1;
    const next = this.active + by;
    if (Math.abs(by) === 1) this.active = (next + this.items.length) % this.items.length;
    else this.active = Math.min(Math.max(next, 0), last);
    this.mark();
  }

  choose(index) {
    const { source, start, items } = this;
    const item = items[index];
    this.close();
    this.field.focus();
    this.field.setSelectionRange(start, this.field.selectionStart);
    insert(this.field, source.insert(item));
    source.picked?.(item, start);
  }

  /** Not wanted here; a trigger that a button wrote goes with it. */
  dismiss() {
    const { start } = this;
    this.close();
    if (start === this.placed && this.field.selectionStart === start + 1) {
      this.field.setSelectionRange(start, start + 1);
      insert(this.field, "");
    } else this.dismissed = start;
    this.placed = -1;
  }

  close() {
    this.source = null;
    this.items = [];
    this.panel.hidden = true;
    this.field.removeAttribute("aria-activedescendant");
  }
}

function nothing() {
  const words = document.createElement("p");
  words.className = "pad muted t2";
  words.textContent = say("nothing_found");
  return words;
}

/** Into the text in place of what is selected, as typing does: Ctrl Z takes it back. */
export function insert(field, text) {
  if (document.execCommand(text ? "insertText" : "delete", false, text)) return;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}
