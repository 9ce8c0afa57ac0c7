/** Writing replies and notes: modes, drafts here and on the server, files, sending through the outbox. */
import { byId, post, say } from "./data.js";
import { Uploads } from "./uploads.js";
import * as drafts from "./drafts.js";
import * as live from "./live.js";
import * as outbox from "./outbox.js";
import { toast } from "./toasts.js";

const TYPING_MS = 3_000;
const known = new WeakMap();
let refusedEntry = null;

class Composer {
  constructor(form) {
    this.form = form;
    this.conversation = Number(form.dataset.conversation);
    this.field = form.querySelector("textarea");
    this.status = form.querySelector("[data-draft-state]");
    this.texts = drafts.load(form);
    this.seen = { reply: Number(form.dataset.replySeen) || null, note: null };
    this.uploads = new Uploads(form);
    this.typedAt = 0;
    this.mode = this.checkedMode();
    this.show();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    form.addEventListener("change", (event) => event.target.name === "mode" && this.switchTo(this.checkedMode()));
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.send();
      }
    });
  }

  checkedMode() {
    return this.form.querySelector('[name="mode"]:checked').value;
  }

  switchTo(mode) {
    this.texts[this.mode] = this.field.value;
    this.mode = mode;
    this.form.querySelector(`[name="mode"][value="${mode}"]`).checked = true;
    this.show();
  }

  show() {
    this.field.value = this.texts[this.mode];
    this.field.placeholder = this.field.dataset[`${this.mode}Hint`];
    for (const label of this.form.querySelectorAll("[data-send]")) label.hidden = label.dataset.send !== this.mode;
  }

  /** The server says whether replies are allowed here now. */
  adapt() {
    const mayReply = this.form.closest(".desk").dataset.reply === "yes";
    const reply = this.form.querySelector('[value="reply"]');
    if (reply.disabled === !mayReply && this.adapted) return;
    this.adapted = true;
    reply.disabled = !mayReply;
    this.switchTo(mayReply ? "reply" : "note");
  }

  typed() {
    this.texts[this.mode] = this.field.value;
    // A colleague's answer after this moment stops the reply, until its writer has seen it.
    if (this.field.value) this.seen[this.mode] ??= live.seqOf(this.conversation) ?? 0;
    else this.seen[this.mode] = null;
    drafts.keep(this.form, this.mode, this.field.value, this.seen[this.mode] ?? 0, this.status);
    if (this.mode === "reply" && this.field.value && Date.now() - this.typedAt > TYPING_MS) {
      this.typedAt = Date.now();
      live.sayTyping(this.conversation);
    }
  }

  send() {
    const text = this.field.value.trim();
    if (this.uploads.isBusy || (!text && !this.uploads.ids.length)) return;
    const fields = { text: this.field.value, client_id: crypto.randomUUID?.() ?? randomId(), attachments: this.uploads.ids };
    if (this.mode === "reply" && this.seen.reply !== null) fields.seen_seq = this.seen.reply;
    const entry = { url: this.form.dataset[`${this.mode}Url`], conversation: this.conversation, mode: this.mode, fields };
    showPending(entry, this.uploads.names);
    this.clear();
    outbox.add(entry);
    this.field.focus();
  }

  clear() {
    this.texts[this.mode] = this.field.value = "";
    this.seen[this.mode] = null;
    this.typedAt = 0; // the next words are news again
    this.uploads.clear();
    drafts.forget(this.form, this.mode);
    this.status.textContent = "";
  }

  /** Not sent: the words come back. */
  restore(entry) {
    if (this.mode !== entry.mode) this.switchTo(entry.mode);
    this.field.value = [entry.fields.text, this.field.value].filter(Boolean).join("\n");
    this.typed();
  }
}

// `crypto.randomUUID` exists only on secure pages.
const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const form = () => document.querySelector("form.composer");
const composerOf = (conversation) => {
  const found = form();
  return found && Number(found.dataset.conversation) === conversation ? known.get(found) : undefined;
};

/** The message at once, pale, until the server has it. */
function showPending(entry, files = []) {
  const timeline = document.querySelector('#open .timeline');
  if (!timeline || Number(byId("open").dataset.conversation) !== entry.conversation) return;
  const item = document.createElement("li");
  item.className = `msg me pending${entry.mode === "note" ? " note" : ""}`;
  item.dataset.client = entry.fields.client_id;
  const bubble = document.createElement("div");
  bubble.className = "bub";
  bubble.innerText = [entry.fields.text, ...files].filter(Boolean).join("\n");
  const meta = document.createElement("div");
  meta.className = "meta";
  meta.textContent = live.isUp() ? say("sending") : say("in_outbox");
  item.append(bubble, meta);
  timeline.append(item);
  byId("scroller").scrollTop = 0;
}

function dropPending(entry) {
  document.querySelector(`.pending[data-client="${CSS.escape(entry.fields.client_id)}"]`)?.remove();
}

function sent(entry, frame) {
  if (frame.t === "html") live.take(frame);
  dropPending(entry);
}

function refused(entry, said) {
  dropPending(entry);
  composerOf(entry.conversation)?.restore(entry);
  if (said.code !== "answered_meanwhile") {
    toast(said.text ?? say("failed"), "bad");
    return;
  }
  refusedEntry = entry;
  byId("answered-text").textContent = said.text;
  byId("answered").hidden = false;
}

/** The writer has seen the colleagues' answers and sends all the same. */
function sendAnyway() {
  const composer = refusedEntry && composerOf(refusedEntry.conversation);
  byId("answered").hidden = true;
  if (!composer) return;
  composer.seen.reply = live.seqOf(composer.conversation) ?? 0;
  composer.send();
}

/** After the pane or the desk was filled. */
export function adopt() {
  const found = form();
  if (!found) return;
  if (!known.has(found)) {
    known.set(found, new Composer(found));
    for (const entry of outbox.entries()) showPending(entry);
  }
  known.get(found).adapt();
}

/** Before the pane shows something else: the draft goes to the server now. */
export const flush = () => drafts.flush();

export function start() {
  outbox.start({ sent, refused });
  document.addEventListener("click", (event) => event.target.closest("#send-anyway") && sendAnyway());
  document.addEventListener("visibilitychange", () => document.hidden && drafts.flush());
  addEventListener("pagehide", drafts.flush);
  live.on("up", outbox.drain);
}
