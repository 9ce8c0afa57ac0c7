/** Writing replies and notes: modes, ways, limits, suggestions, and the ways to send. */
import { byId, post, say } from "./data.js";
import { answers, placeLeft } from "./answers.js";
import * as bell from "./bell.js";
import * as drafts from "./drafts.js";
import { emoji } from "./emoji.js";
import * as live from "./live.js";
import { mentions } from "./mentions.js";
import * as outbox from "./outbox.js";
import { Picker } from "./picker.js";
import * as scheduled from "./scheduled.js";
import { segmentsOf } from "./segments.js";
import { toEnd } from "./timeline.js";
import { clockText } from "./timers.js";
import { toast } from "./toasts.js";
import { startDropping, Uploads } from "./uploads.js";

const TYPING_MS = 3_000;
// From this share of what the channel takes on, the characters left are shown.
const NEAR = 0.8;
const VARIABLES = ["customer", "first_name", "agent", "brand", "order", "subject"];
// After these the writer looks at what has happened before deciding.
const LOOK_FIRST = new Set(["answered_meanwhile", "not_active", "not_yours"]);
const known = new WeakMap();
let isDown = false;

class Composer {
  constructor(form) {
    this.form = form;
    this.conversation = Number(form.dataset.conversation);
    this.field = form.querySelector("textarea");
    this.texts = drafts.load(form);
    this.seen = { reply: Number(form.dataset.replySeen) || null, note: null };
    this.typedAt = 0;
    // Why the last reply came back; the next one goes out all the same.
    this.refusal = null;
    this.mode = this.checkedMode();
    this.mentions = mentions(form, () => this.mode === "note");
    this.picker = new Picker(form, [answers(form), this.mentions.source, emoji]);
    this.uploads = new Uploads(form, () => this.limits);
    this.uploads.adopt(begunHere());
    this.show();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    form.addEventListener("change", (event) => this.changed(event.target));
    form.addEventListener("click", (event) => {
      const way = event.target.closest("[data-then]:not(input)");
      if (!way) return;
      way.closest("details").open = false;
      this.send({ then: way.dataset.then });
    });
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("keydown", (event) => {
      const isUndo = event.code === "KeyZ" && (event.ctrlKey || event.metaKey) && !event.shiftKey;
      if (isUndo && !this.field.value && scheduled.undoLast(this.conversation)) event.preventDefault();
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
      event.preventDefault();
      this.send(event.shiftKey && this.mode === "reply" && this.mayAct ? { then: "close" } : {});
    });
  }

  checkedMode() {
    return this.form.querySelector('[name="mode"]:checked').value;
  }

  get desk() {
    return this.form.closest(".desk").dataset;
  }

  get mayAct() {
    return this.desk.act === "yes";
  }

  get way() {
    return this.form.querySelector('[name="way"]:checked, [name="way"][type="hidden"]');
  }

  /** What the chosen way takes; a note takes what we do. */
  get limits() {
    const { mostText, mostFiles, mostBytes, size, name } = this.way.dataset;
    const isNote = this.mode === "note";
    return { text: isNote ? 20_000 : Number(mostText), files: Number(mostFiles) || (isNote ? 10 : 0), bytes: Number(mostBytes), size, name };
  }

  /** What is to be known of the chosen way: who reads it, until when it is open; it may stop a reply. */
  get window() {
    return this.mode === "reply" ? this.form.querySelector(`[data-window="${this.way.value}"]`) : null;
  }

  /** What follows a reply that is simply sent. */
  get then() {
    return this.mode === "reply" && this.mayAct ? this.way.dataset.then : "";
  }

  changed(target) {
    if (target.name === "mode") this.switchTo(this.checkedMode());
    if (target.name !== "way") return;
    target.closest("details").open = false;
    this.show();
    this.keep();
    this.field.focus();
  }

  switchTo(mode) {
    this.texts[this.mode] = this.field.value;
    this.mode = mode;
    this.form.querySelector(`[name="mode"][value="${mode}"]`).checked = true;
    if (mode === "note" && this.texts.note.includes("@")) this.mentions.source.load();
    this.show();
  }

  /** All that depends on mode, way and connection. */
  show() {
    const { form, field } = this;
    if (field.value !== this.texts[this.mode]) field.value = this.texts[this.mode];
    field.placeholder = field.dataset[`${this.mode}Hint`];
    const label = isDown ? "outbox" : this.mode === "note" ? "note" : this.refusal ? "anyway" : this.then;
    for (const words of form.querySelectorAll("[data-label]")) words.hidden = words.dataset.label !== label;
    for (const name of form.querySelectorAll("[data-way]")) name.hidden = name.dataset.way !== this.way.value;
    for (const told of form.querySelectorAll("[data-window]")) told.hidden = told !== this.window;
    form.querySelector("[data-more]").hidden = this.mode === "note";
    for (const button of form.querySelectorAll('[data-then="wait"], [data-then="close"]')) if (button.tagName === "BUTTON") button.hidden = !this.mayAct;
    form.querySelector('[data-open="@"]').hidden = this.mode !== "note";
    const attach = form.querySelector("[data-attach]");
    attach.title = this.uploads.words;
    attach.querySelector("input").disabled = !this.limits.files;
    byId("answered").hidden = !this.refusal;
    byId("answered-text").textContent = this.refusal ?? "";
    form.toggleAttribute("data-not-sent", Boolean(this.refusal));
    this.count();
  }

  /** Characters left, once they become few; of a way that counts so, text messages from the first character on. */
  count() {
    const left = this.limits.text - this.field.value.length;
    const counter = this.form.querySelector("[data-counter]");
    const isReply = this.mode === "reply" && this.field.value;
    const inParts = isReply && this.way.dataset.inParts ? segmentsOf(this.field.value) : null;
    let text = inParts ? say("parts", inParts.count, inParts.left) : isReply ? this.messages() : "";
    if (left < 0) text = say("chars_over", -left);
    else if (!inParts && left < this.limits.text * (1 - NEAR)) text = say("chars_left", left);
    if (counter.textContent !== text) counter.textContent = text;
    counter.classList.toggle("over-limit", left < 0);
    return left;
  }

  /** Into how many messages the provider will have it parted, at least. */
  messages() {
    const { textEach, inBytes } = this.way.dataset;
    const size = inBytes ? new TextEncoder().encode(this.field.value).length : this.field.value.length;
    return textEach && size > Number(textEach) ? say("messages", Math.ceil(size / Number(textEach))) : "";
  }

  /** The server says what is allowed here now. */
  adapt() {
    const mayReply = this.desk.reply === "yes";
    const reply = this.form.querySelector('[value="reply"]');
    const isNews = reply.disabled === mayReply || !this.adapted;
    this.adapted = true;
    reply.disabled = !mayReply;
    this.refusal ??= refusedReply()?.dataset.refusedError ?? null;
    if (isNews) this.switchTo(mayReply ? "reply" : "note");
    else this.show();
  }

  typed() {
    this.texts[this.mode] = this.field.value;
    // A colleague's answer after this moment stops the reply, until its writer has seen it.
    if (this.field.value) this.seen[this.mode] ??= live.seqOf(this.conversation) ?? 0;
    else this.seen[this.mode] = null;
    this.count();
    this.keep();
    if (this.mode === "reply" && this.field.value && Date.now() - this.typedAt > TYPING_MS) {
      this.typedAt = Date.now();
      live.sayTyping(this.conversation);
    }
  }

  keep() {
    drafts.keep(this.form, { mode: this.mode, text: this.field.value, seen: this.seen[this.mode] ?? 0, way: this.way.value });
  }

  /** Whether it can go as it stands; if not, why. */
  check(text) {
    if (this.uploads.isBusy) return say("still_uploading");
    if (!text.trim() && !this.uploads.done.length) return say("write_first");
    if (this.count() < 0) return say("chars_over", -this.count());
    if (this.mode === "note") return "";
    if (this.window?.hasAttribute("data-stops")) return this.window.querySelector("[data-why]").textContent;
    if (this.uploads.done.length > this.limits.files) return this.uploads.words;
    const place = placeLeft(text, VARIABLES);
    return place && say("fill_in", place);
  }

  /** `then`: what follows, "" or wait or close; `sendAt`: a moment to go out at. */
  send({ then = this.then, sendAt = "" } = {}) {
    const text = this.field.value;
    const problem = this.check(text);
    if (problem) {
      toast(problem, "warn");
      this.field.focus();
      return;
    }
    const files = this.uploads.done;
    const fields = { text, client_id: newId(), attachments: files.map(({ id }) => id) };
    if (this.mode === "note") fields.mentions = this.mentions.named(text);
    else {
      Object.assign(fields, { way: this.way.value, then }, sendAt ? { send_at: sendAt } : { hold: "on" });
      if (this.refusal) this.seen.reply = live.seqOf(this.conversation) ?? null;
      if (this.seen.reply !== null) fields.seen_seq = this.seen.reply;
    }
    this.post(this.mode, fields, files);
    this.clear();
    this.field.focus();
  }

  post(mode, fields, files) {
    const { url, customer } = this.form.dataset;
    const entry = { url: `${url}${mode}/`, conversation: this.conversation, mode, customer, fields, files };
    scheduled.showPending(entry);
    outbox.add(entry);
  }

  clear() {
    this.texts[this.mode] = this.field.value = "";
    this.seen[this.mode] = null;
    this.typedAt = 0; // the next words are news again
    if (this.mode === "reply") {
      this.refusal = null;
      refusedReply()?.remove();
    }
    this.uploads.clear();
    drafts.forget(this.form, this.mode);
    this.form.querySelector("[data-draft-state]").textContent = "";
    this.form.querySelector("[data-saved]").hidden = true;
    this.show();
  }

  /** Not sent: the words come back, before what has been begun since; `why` where it was refused. */
  restore(entry, why = "") {
    if (this.mode !== entry.mode && !this.form.querySelector(`[value="${entry.mode}"]`).disabled) this.switchTo(entry.mode);
    const text = [entry.fields.text, this.texts[entry.mode]].filter(Boolean).join("\n");
    this.texts[entry.mode] = text;
    if (this.mode === entry.mode) this.field.value = text;
    this.uploads.adopt(entry.files ?? []);
    if (entry.mode === "reply") this.seen.reply = entry.fields.seen_seq ?? null;
    if (why) this.refuse(why);
    if (this.mode === entry.mode) this.typed();
    this.show();
    if (!document.activeElement || document.activeElement === document.body) this.field.focus();
  }

  refuse(why) {
    this.refusal = why;
    this.form.querySelector("[data-draft-state]").textContent = say("refused_at", clockText(Date.now()));
  }

  /** What becomes of a reply that was refused. */
  settle(choice) {
    if (choice === "show") {
      toEnd();
      return;
    }
    const text = this.texts.reply;
    const files = this.uploads.done;
    if (choice === "note") this.post("note", { text, client_id: newId(), attachments: files.map(({ id }) => id) }, files);
    else this.uploads.discard();
    const mode = this.mode;
    if (mode !== "reply") this.switchTo("reply");
    this.clear();
    drafts.keep(this.form, { mode: "reply", text: "", seen: 0, way: this.way.value });
    if (mode !== "reply") this.switchTo(mode);
    post(`${this.form.dataset.url}settle/`, {}).then(bell.refresh, () => {});
  }

  /** Say again by another way what did not arrive. */
  async resend(url) {
    const answer = await post(url, {});
    const said = await answer.json();
    if (!answer.ok) {
      toast(said.text ?? say("failed"), "bad");
      return;
    }
    this.restore({ mode: "reply", fields: { text: said.text }, files: said.files });
    const menu = this.form.querySelector("[data-ways-menu]");
    if (!menu) return;
    menu.open = true;
    menu.querySelector('[name="way"]:not(:checked)').focus();
  }
}

/** What the server says of a reply that did not go out and is not settled. */
const refusedReply = () => document.querySelector("#scheduled [data-refused-error]");

// `crypto.randomUUID` exists only on secure pages.
const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const newId = () => crypto.randomUUID?.() ?? randomId();

/** Files begun here, but for those that lie in the outbox. */
function begunHere() {
  const sent = new Set(outbox.entries().flatMap(({ files }) => files.map(({ id }) => id)));
  return scheduled.begunFiles().filter(({ id }) => !sent.has(id));
}

const current = () => {
  const form = document.querySelector("form.composer");
  return form ? known.get(form) : undefined;
};
const composerOf = (conversation) => (current()?.conversation === conversation ? current() : undefined);

function sent(entry, frame) {
  if (frame.t === "scheduled") {
    scheduled.hold(entry, frame);
    return;
  }
  if (frame.t === "html") live.take(frame);
  scheduled.dropPending(entry.fields.client_id);
}

/** Back to its place, or told where that is not on the screen. `isKept`: the server has made it a draft again. */
function returned(entry, { why = "", isKept = false } = {}) {
  if (entry.fields.client_id) scheduled.dropPending(entry.fields.client_id);
  const composer = composerOf(entry.conversation);
  if (composer) composer.restore(entry, why);
  else if (!isKept) drafts.putBack(entry);
  if (!why) return;
  if (!composer) toast(say("not_sent", why), "bad");
  bell.refresh();
}

function refused(entry, { code, text = say("failed") }) {
  if (entry.mode === "reply" && LOOK_FIRST.has(code)) {
    returned(entry, { why: text });
    return;
  }
  returned(entry);
  toast(text, "bad");
}

function clicked(event) {
  const composer = current();
  if (!composer) return;
  const choice = event.target.closest("[data-refused]");
  const later = event.target.closest("#dialog [data-send-at]");
  const again = event.target.closest("[data-resend]");
  if (choice) composer.settle(choice.dataset.refused);
  if (again) composer.resend(again.dataset.resend);
  if (!later) return;
  byId("dialog").close();
  composer.send({ sendAt: later.dataset.sendAt });
}

/** After the pane or the desk was filled. */
export function adopt() {
  const form = document.querySelector("form.composer");
  if (!form) return;
  if (!known.has(form)) known.set(form, new Composer(form));
  scheduled.showAll(outbox.entries());
  known.get(form).adapt();
}

/** Before the pane shows something else: the draft goes to the server now. */
export const flush = () => drafts.flush();

export function start() {
  scheduled.start(returned);
  outbox.start({ sent, refused, waits: scheduled.showWaiting, taken: (entry) => returned(entry) });
  drafts.start();
  startDropping(current);
  document.addEventListener("click", clicked);
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-send-later]")) return;
    event.preventDefault();
    byId("dialog").close();
    current()?.send({ sendAt: event.target.elements.send_at.value });
  });
  const tellDown = (down) => {
    if (down === isDown) return;
    isDown = down;
    current()?.show();
  };
  live.on("up", () => {
    outbox.drain();
    tellDown(false);
  });
  live.on("down", () => tellDown(true));
}
