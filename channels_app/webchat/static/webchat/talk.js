/* The conversation: head, messages, cards, the place to write. */

import * as cards from "./cards.js";
import { el, fileSize, icon, initials, redraw, t } from "./dom.js";
import { backButton, closeButton, foot, noticeCard, noticesNow } from "./home.js";
import { link } from "./link.js";
import { drawLog, keepAtEnd, keepPlace } from "./log.js";
import { isRunning } from "./state.js";

const canRecord = () => !!(window.MediaRecorder && navigator.mediaDevices)
  && (document.featurePolicy || document.permissionsPolicy)?.allowsFeature("microphone") !== false;

export function talk(state, act) {
  const parts = {
    title: el("h1.grow.cut", { tabindex: "-1" }),
    face: el("span", { "aria-hidden": "true" }),
    older: el("button.btn.quiet", { type: "button", hidden: true, click: act.older }, t("show_older")),
    told: el("div.cards"),
    list: el("ol.log"),
    choices: el("div.h.wrap.choices", { role: "group", "aria-label": t("choices") }),
    typing: el("p.typing.t1.muted", { "aria-live": "polite" }),
    status: el("div", { role: "status" }),
    cards: el("div.cards"),
    problem: el("p.problem", { role: "alert", hidden: true }),
    files: el("div.h.wrap.files", { role: "status" }),
    foot: el("div"),
  };
  parts.log = el("div", { role: "log", "aria-live": "polite", "aria-label": t("conversation") }, parts.list);
  parts.scroll = el("main.body.scroll", { tabindex: "-1" },
    parts.told, parts.older, parts.log, parts.choices, parts.typing, parts.status, parts.cards);
  const composer = makeComposer(parts, state, act);
  parts.root = el("div.view", {},
    el("header.head", {}, backButton(act), parts.face, parts.title, closeButton(act)),
    parts.scroll, parts.problem, parts.files, composer, parts.foot);
  keepAtEnd(parts);
  keepPlace(parts);
  parts.draw = () => draw(parts, composer, state, act);
  Object.defineProperty(parts, "focus", { get: () => (composer.hidden ? parts.title : parts.text) });
  return parts;
}

function makeComposer(parts, state, act) {
  parts.text = el("textarea", {
    rows: "1", "aria-label": t("message"), maxlength: "20000", value: state.draft.text || "",
    input: (event) => act.typed(event.target.value),
    keydown: (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        act.sendTyped();
      }
    },
    paste: (event) => {
      if (event.clipboardData.files.length && act.addFiles(event.clipboardData.files)) event.preventDefault();
    },
  });
  const picker = el("input", {
    type: "file", multiple: true, hidden: true, tabindex: "-1",
    change: () => { act.addFiles(picker.files); picker.value = ""; },
  });
  parts.attach = el("button.btn.quiet.sq", {
    type: "button", "aria-label": `${t("attach")}. ${t("file_limit")}`, title: t("file_limit"), click: () => picker.click(),
  }, icon("clip"));
  parts.voice = el("button.btn.quiet.sq", { type: "button", "aria-label": t("record"), title: t("record"), click: act.record }, icon("mic"));
  const drop = (event) => {
    if (event.dataTransfer.types.includes("Files")) {
      event.preventDefault();
      if (event.type === "drop") act.addFiles(event.dataTransfer.files);
    }
  };
  return el("form.composer", { submit: (event) => { event.preventDefault(); act.sendTyped(); }, dragover: drop, drop },
    parts.text, picker, parts.attach, parts.voice,
    el("button.btn.primary.sq", { "aria-label": t("send") }, icon("send")));
}

/** Bring the nodes in line with the state. */
function draw(parts, composer, state, act) {
  const { conversation } = state;
  const agent = conversation && conversation.agent && conversation.agent.name;
  const isWaiting = conversation && conversation.state === "queued";
  parts.title.textContent = agent || t("support");
  parts.face.className = agent ? "av" : "";
  parts.face.textContent = agent ? initials(agent) : "";
  parts.older.hidden = !state.more;
  redraw(parts.told, noticesNow(), () => noticesNow().map(noticeCard));
  drawLog(parts.list, state, act);
  drawChoices(parts.choices, state, act);
  redraw(parts.status, isWaiting && conversation, () => (isWaiting ? [cards.waiting(conversation)] : []));
  redraw(parts.cards, cards.seen(state), () => cards.below(state, act));
  redraw(parts.files, state.files.map(({ id, name, share, seconds }) => [id, name, share, seconds]),
    () => state.files.map((file) => pendingFile(file, act)));
  composer.hidden = !!conversation && !isRunning();
  parts.attach.hidden = !isRunning();
  parts.voice.hidden = !isRunning() || !canRecord();
  parts.text.placeholder = t(isWaiting ? "add_details" : "write_message");
  const isCut = !link.isUp && (link.failures ? "offline" : "connecting");
  redraw(parts.foot, [isCut, conversation && conversation.state, state.card.question, state.person.email_level],
    () => [footOf(isCut, state, act)]);
}

/** Quick replies stand below the last message alone; answering is an ordinary message. */
function drawChoices(node, { messages, outbox }, act) {
  const last = messages.filter((message) => message.from !== "note").at(-1);
  const choices = last && last.from !== "you" && !outbox.length && isRunning() ? last.choices || [] : [];
  redraw(node, choices, () => choices.map((choice) =>
    el("button.btn.choice", { type: "button", click: () => act.choose(choice) }, choice)));
}

function footOf(isCut, state, act) {
  if (isCut) return el("footer.foot", { role: "status" }, t(isCut));
  if (!state.conversation) return foot();
  const { question } = state.card;
  if (question) return cards.question(question, act);
  const link_ = (name, click) => el("button.quietly", { type: "button", "data-f": name, click }, t(name));
  if (!isRunning()) return foot(link_("delete_data", () => act.ask("erase")));
  const isVerified = state.person.email_level === "verified";
  return el("footer.foot", {}, link_("end_chat", () => act.ask("end")),
    isVerified ? link_("copy_me", () => act.copy("email")) : link_("copy_file", () => act.copy("file")));
}

function pendingFile(file, act) {
  const name = file.seconds === undefined ? file.name : `${t("recording")} ${Math.floor(file.seconds / 60)}:${String(file.seconds % 60).padStart(2, "0")}`;
  return el("span.chip", {},
    icon(file.id ? "file" : file.seconds === undefined ? "clock" : "mic", "s"),
    el("span.cut", {}, file.id || file.seconds !== undefined ? name : t("uploading", name)),
    file.id ? el("span.muted", {}, fileSize(file.size)) : null,
    file.share !== undefined && !file.id && el("progress", { max: "1", value: String(file.share), "aria-label": t("uploading", name) }),
    file.finish && el("button.link", { type: "button", "data-f": "finish", click: file.finish }, t("finish")),
    el("button", { type: "button", "data-f": name, "aria-label": `${t("remove")}: ${name}`, click: () => act.dropFile(file) }, icon("close", "s")));
}

