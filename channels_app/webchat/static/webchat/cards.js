/* What stands below the messages: place in line, leaving a message, the address for answers, rating and copies. */

import { el, icon, moment, t, waitWords } from "./dom.js";
import { isRunning } from "./state.js";

const SCORES = [1, 2, 3, 4, 5];

/** The place in line and how long it takes, that we are closed, or that somebody is coming. */
export function waiting({ queue_open: isOpen, opens_at: opensAt, position, wait, left, promised }) {
  if (left || promised || !isOpen) {
    const when = opensAt ? t("answer_at", moment(opensAt)) : isOpen ? t("answer_soon") : t("answer_later");
    return el("div.card.wait", {}, el("span.av", { "aria-hidden": "true" }, icon("moon")),
      el("p", {}, el("b", {}, t("waiting_closed")), el("br"), el("span.muted", {}, when)));
  }
  const line = position === 1 ? t("next") : position ? t("position", position) : t("waiting");
  return el("div.card.wait", {},
    position ? el("b.place", { "aria-hidden": "true" }, String(position)) : null,
    el("p", {}, el("b", {}, line), el("br"), wait && [el("span", {}, waitWords(wait)), el("br")],
      el("span.muted", {}, t("keep_place"))));
}

/** What decides which cards are shown; what is typed into them does not. */
export function seen({ conversation, person, card }) {
  const { score: _score, comment: _comment, name: _name, email: _email, code: _code, question: _question, ...rest } = card;
  if (!conversation) return [];
  const { state, late, left, promised, queue_open: isOpen, rating, can_rate: canRate } = conversation;
  return [state, late, left, promised, isOpen, rating, canRate, person, rest];
}

export function below(state, act) {
  const { conversation, card } = state;
  if (!conversation) return [];
  const isWaiting = conversation.state === "queued";
  const mayLeave = isWaiting && !conversation.left && (conversation.late || conversation.promised || !conversation.queue_open);
  return [
    card.step === "code" ? codeCard(state, act) : card.step === "email" ? emailCard(state, act)
      : mayLeave ? leaveCard(state, act) : isWaiting && conversation.left && leftCard(state, act),
    ...(isRunning() ? [] : afterwards(state, act)),
    !mayLeave && isRunning() && said(card),
  ];
}

/** What was done, or what went wrong; `step` names the card that says it while one is being filled in. */
function said({ problem, done, step = "" }, within = "") {
  if (step !== within) return null;
  if (problem) return el("p.problem", { role: "alert" }, icon("alert", "s"), problem);
  return done && el("p.h.good", { role: "status" }, icon("check", "s"), done);
}

function input(card, name, label, attributes) {
  return el("div", {}, el("label.label", { for: `c-${name}` }, label),
    el("div.field", {}, el("input", {
      id: `c-${name}`, "data-f": name, maxlength: "200", value: card[name] || "",
      input: (event) => { card[name] = event.target.value; }, ...attributes,
    })));
}

function cardForm(card, heading, text, submit, label, ...inside) {
  return el("form.card", { novalidate: true, submit: (event) => { event.preventDefault(); submit(); } },
    el("h2.big", {}, heading), text && el("p.muted", {}, text), ...inside, said(card, card.step),
    el("button.btn.primary.big", { disabled: card.isBusy, "data-f": "do" }, label));
}

const EMAIL = { type: "email", autocomplete: "email", inputmode: "email" };

function leaveCard({ conversation, person, card }, act) {
  const isAsked = person.email_level !== "verified";
  return cardForm(card, t(conversation.queue_open ? "late" : "goes_on"), t("leave_hint"), act.leave, t("leave_message"),
    !person.name && input(card, "name", t("name"), { type: "text", autocomplete: "name" }),
    isAsked && input(card, "email", t("email"), { ...EMAIL, placeholder: person.email }),
    !isAsked && el("p", {}, t("answer_to", person.email)));
}

function leftCard({ person, card }, act) {
  const isVerified = person.email_level === "verified";
  return el("section.card", {}, el("p.h.good", {}, icon("check", "s"), t("message_left")),
    person.email && el("p.muted", {}, t(isVerified ? "answer_to" : "unverified", person.email)),
    !isVerified && el("button.btn", { type: "button", "data-f": "verify", click: () => { card.step = "email"; act.ask(""); } },
      icon("mail", "s"), t("confirm_email")));
}

function emailCard({ card }, act) {
  return cardForm(card, t("confirm_email"), t("email_hint"), act.giveEmail, t("send_code"), input(card, "email", t("email"), EMAIL));
}

function codeCard({ person, card }, act) {
  return cardForm(card, t("enter_code"), t("code_sent", person.email), act.giveCode, t("confirm"),
    input(card, "code", t("code"), { type: "text", inputmode: "numeric", autocomplete: "one-time-code", maxlength: "6" }));
}

/* --- after the end --- */

function afterwards(state, act) {
  const { conversation, person, card } = state;
  const isChanging = !conversation.rating || card.isChanging;
  return [
    conversation.can_rate && isChanging && ratingCard(state, act),
    conversation.rating && !isChanging && ratedCard(conversation, card, act),
    !conversation.can_rate && !conversation.rating && said(card),
    el("div.h", {},
      el("button.btn.grow", { type: "button", "data-f": "copy", disabled: card.isBusy, click: () => act.copy("email") },
        icon("mail", "s"), t("copy_email")),
      el("button.btn.sq", { type: "button", "data-f": "file", "aria-label": t("copy_file"), title: t("copy_file"), click: () => act.copy("file") },
        icon("download", "s"))),
    el("button.btn.quiet", { type: "button", "data-f": "new", click: () => act.begin() }, icon("chat", "s"), t("new_chat")),
  ];
}

const scoreWords = (score) => `${score}, ${t(`score_${score}`)}`;

function ratingCard({ conversation, card }, act) {
  if (conversation.rating && !card.score) Object.assign(card, conversation.rating);
  const shown = el("p.mid", { role: "status" });
  const tell = () => { shown.textContent = card.score ? scoreWords(card.score) : ""; };
  const one = (score) => el("label.btn", {},
    el("input", {
      type: "radio", name: "score", value: String(score), checked: card.score === score, "aria-label": scoreWords(score),
      "data-f": `score${score}`, change: () => { card.score = score; send.disabled = false; tell(); },
    }), String(score));
  const send = el("button.btn.primary.big", { disabled: !card.score || card.isBusy, "data-f": "do" }, t("send_rating"));
  tell();
  return el("form.card", { submit: (event) => { event.preventDefault(); act.rate(); } },
    el("fieldset", {}, el("legend.mid", {}, t("how_was_it")), el("div.rate", {}, ...SCORES.map(one)),
      el("div.ends.t1.muted", { "aria-hidden": "true" }, el("span", {}, t("score_1")), el("span", {}, t("score_5"))), shown),
    el("div.field.area", {}, el("textarea", {
      rows: "2", maxlength: "1000", "aria-label": t("comment"), placeholder: t("what_better"), "data-f": "comment",
      value: card.comment || "", input: (event) => { card.comment = event.target.value; },
    })),
    said(card), send);
}

function ratedCard({ rating, can_rate: canRate }, card, act) {
  return el("section.card", { role: "status" },
    el("p.h.good", {}, icon("check", "s"), el("b", {}, t("rating_sent"))),
    el("div.rate", { role: "img", "aria-label": scoreWords(rating.score) },
      ...SCORES.map((score) => el(score === rating.score ? "span.btn.on" : "span.btn", {}, String(score)))),
    rating.comment && el("p.quote", {}, rating.comment), said(card),
    canRate && el("div.h", {}, el("span.grow.t1.muted", {}, t("change_until", moment(rating.until))),
      el("button.btn", { type: "button", "data-f": "change", click: () => { card.isChanging = true; act.ask(""); } }, t("change"))));
}

/** "End this chat?", "Delete your data?": asked where the button was. */
export function question(name, act) {
  const isEnd = name === "end";
  return el("div.ending", { role: "group", "aria-label": t(isEnd ? "end_sure" : "erase_sure") },
    el("p.grow", {}, el("b", {}, t(isEnd ? "end_sure" : "erase_sure")), !isEnd && el("br"), !isEnd && el("span.muted", {}, t("erase_hint"))),
    el("button.btn", { type: "button", "data-f": "no", click: () => act.ask("") }, t("end_no")),
    el("button.btn.danger", { type: "button", click: isEnd ? act.end : act.erase }, t(isEnd ? "end_yes" : "erase_yes")));
}

