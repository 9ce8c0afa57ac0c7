/* What the widget shows: home, form before the chat, conversation. Each builds its nodes; `chat.js` decides when. */

import { clock, el, fileSize, icon, initials, linked, moment, t } from "./dom.js";

function avatar(name) {
  return el("span.av", { "aria-hidden": "true" }, initials(name) || "?");
}

function closeButton(close) {
  return el("button.btn.quiet.sq", { type: "button", "aria-label": t("close_chat"), click: close }, icon("close"));
}

/** "Online now", or when we are back. */
function presence({ open, opensAt }) {
  if (open) return [el("span.live"), t("online")];
  return [icon("clock", "s"), opensAt ? t("back_at", moment(opensAt)) : t("closed")];
}

export function home(state, act) {
  const last = state.messages.filter((message) => message.text).at(-1);
  const running = state.conversation && state.conversation.state !== "closed";
  const name = (state.conversation && state.conversation.agent && state.conversation.agent.name) || t("your_chat");
  return el("div.view.home", {},
    el("header.hero", {},
      el("div.h", {}, el("b.grow", {}, state.config.name), closeButton(act.close)),
      el("h1", { tabindex: "-1" }, state.config.greeting || t("hello")),
      el("p.h.t1", {}, ...presence(state))),
    el("div.body.lift", {},
      running && el("button.pick.lifted", { type: "button", click: act.showChat },
        avatar(name === t("your_chat") ? state.config.name : name),
        el("span.grow.cut", {}, el("b", {}, name), el("br"), el("span.muted", {}, last ? last.text : "")),
        state.unread ? el("span.count", {}, String(state.unread)) : icon("right", "s")),
      !running && el("section.card.lifted", { "aria-labelledby": "talk" },
        el("h2", { id: "talk" }, t("talk_to_us")),
        el("button.btn.primary.big", { type: "button", click: act.begin },
          icon(state.open ? "chat" : "mail"), state.open ? t("start_chat") : t("leave_message")))));
}

export function form(state, act) {
  const draft = state.draft;
  const field = (name, type, autocomplete) => el("div", {},
    el("label.label", { for: `f-${name}` }, t(name), " ", el("span.muted", {}, t("optional"))),
    el("div.field", {}, el("input", {
      id: `f-${name}`, type, autocomplete, maxlength: "200", value: draft[name] || "",
      input: (event) => { draft[name] = event.target.value; },
    })));
  const topic = (row) => el("label.btn.choice", {},
    el("input", {
      type: "radio", name: "topic", value: row.slug, checked: draft.topic === row.slug,
      change: () => { draft.topic = row.slug; },
    }), row.name);
  const text = el("textarea", {
    id: "f-text", rows: "4", required: true, maxlength: "20000", value: draft.text || "",
    input: (event) => { draft.text = event.target.value; },
  });
  const send = (event) => {
    event.preventDefault();
    if (text.value.trim()) act.send(text.value, []);
    else text.focus();
  };
  return el("form.view", { submit: send, novalidate: true },
    el("header.head", {},
      el("button.btn.quiet.sq", { type: "button", "aria-label": t("back"), click: act.showHome }, icon("left")),
      el("h1.grow", { tabindex: "-1" }, state.open ? t("start_chat") : t("leave_message")), closeButton(act.close)),
    el("div.body.scroll", {},
      !state.open && el("p.muted", {}, state.opensAt ? t("answer_at", moment(state.opensAt)) : t("answer_later")),
      ...(state.known ? [] : state.config.ask.map((name) => field(name, name === "email" ? "email" : "text", name))),
      state.topics.length > 0 && el("fieldset", {},
        el("legend.label", {}, t("topic")), el("div.h.wrap", {}, ...state.topics.map(topic))),
      el("div", {}, el("label.label", { for: "f-text" }, t("message")), el("div.field.area", {}, text)),
      state.error && el("p.problem", { role: "alert" }, icon("alert", "s"), state.error)),
    el("div.do", {}, el("button.btn.primary.big", {}, icon("send"), t("send"))));
}

/* --- conversation --- */

export function chat(state, act) {
  const parts = {
    title: el("h1.grow.cut", { tabindex: "-1" }),
    face: el("span"),
    log: el("ol.log", { role: "log", "aria-live": "polite", "aria-label": t("conversation") }),
    status: el("div.status", { role: "status" }),
    typing: el("p.typing.t1.muted", { "aria-live": "polite" }),
    problem: el("p.problem", { role: "alert", hidden: true }),
    files: el("div.h.wrap.files"),
    ending: el("div.ending", { hidden: true }),
    foot: el("footer.foot"),
  };
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
  parts.scroll = el("div.body.scroll", {}, parts.log, parts.typing, parts.status);
  const composer = el("form.composer", { submit: (event) => { event.preventDefault(); act.sendTyped(); } },
    parts.text, picker, parts.attach,
    el("button.btn.primary.sq", { "aria-label": t("send") }, icon("send")));
  parts.root = el("div.view", {},
    el("header.head", {},
      el("button.btn.quiet.sq", { type: "button", "aria-label": t("back"), click: act.showHome }, icon("left")),
      parts.face, parts.title, closeButton(act.close)),
    parts.scroll, parts.problem, parts.files, parts.ending, composer, parts.foot);
  return parts;
}

export function bubble(message, act) {
  const mine = message.from === "you";
  if (message.from === "system") return el("li.day", {}, message.text);
  return el(mine ? "li.msg.me" : "li.msg", {},
    el("span.sr", {}, mine ? t("you") : message.author.name),
    !mine && avatar(message.author.name),
    el("div.bub", {}, message.text && el("p", {}, ...linked(message.text)), ...message.files.map(attachment)),
    meta(message, act));
}

function attachment(file) {
  if (file.type.startsWith("image/") && file.url) {
    return el("a.pic", { href: file.url, target: "_blank", rel: "noopener" },
      el("img", { src: file.url, alt: `${t("picture")}: ${file.name}`, loading: "lazy" }));
  }
  return el("a.file", { href: file.url, download: file.name, target: "_blank", rel: "noopener" },
    icon("file", "s"), el("span.cut", {}, file.name), el("span.muted", {}, fileSize(file.size)));
}

/** Time, and for the customer's own messages what became of them, in words. */
export function meta(message, act) {
  if (message.from !== "you") return el("div.meta", {}, clock(message.at));
  const tick = { sending: "clock", failed: "alert", read: "double", delivered: "double" }[message.delivery] || "check";
  return el(`div.meta.${message.delivery}`, {},
    message.delivery !== "sending" && clock(message.at), icon(tick, "s"), t(message.delivery),
    message.delivery === "failed" &&
      el("button.link", { type: "button", click: () => act.retry(message) }, t("retry")),
    message.problem && el("span", {}, message.problem));
}

/** The place in line, or that we are closed, or that somebody is coming. */
export function waiting(conversation) {
  if (!conversation.queue_open) {
    return el("div.card.wait", {},
      el("span.av", { "aria-hidden": "true" }, icon("moon")),
      el("p", {}, el("b", {}, t("waiting_closed")), el("br"),
        el("span.muted", {}, conversation.opens_at ? t("answer_at", moment(conversation.opens_at)) : t("answer_later"))));
  }
  const place = conversation.position;
  return el("div.card.wait", {},
    place ? el("b.place", { "aria-hidden": "true" }, String(place)) : null,
    el("p", {}, el("b", {}, place === 1 ? t("next") : place ? t("position", place) : t("waiting")), el("br"),
      el("span.muted", {}, place === 1 ? `${t("waiting")}. ` : "", t("keep_place"))));
}

export function ending(act) {
  return [el("b.grow", {}, t("end_sure")),
    el("button.btn", { type: "button", click: act.dontEnd }, t("end_no")),
    el("button.btn.danger", { type: "button", click: act.end }, t("end_yes"))];
}

export function pendingFile(file, remove) {
  return el("span.chip", {}, icon(file.id ? "file" : "clock", "s"),
    el("span.cut", {}, file.id ? file.name : t("uploading", file.name)),
    file.id && el("button", { type: "button", "aria-label": `${t("remove")}: ${file.name}`, click: remove }, icon("close", "s")));
}
