/* The form before the chat: what the account asks of this visitor, and the first message. */

import { el, icon, moment, t } from "./dom.js";
import { backButton, closeButton } from "./home.js";
import { config } from "./state.js";

const TYPES = { email: "email", phone: "tel" };
const COMPLETES = { name: "name", email: "email", phone: "tel" };

export function form(state, act) {
  const { draft } = state;
  const asked = state.fields.filter(({ name }) => name !== "topic" || state.topics.length);
  const boxes = asked.filter(({ name }) => name !== "consent").map((field) => fieldOf(field, state));
  const agree = asked.some(({ name }) => name === "consent") && consent(draft, state.errors.consent);
  const text = el("textarea", {
    id: "f-text", rows: "4", maxlength: "20000", value: draft.text || "", "aria-required": "true",
    input: (event) => { draft.text = event.target.value; },
  });
  const message = box("text", t("message"), el("div.field.area", {}, text), state.errors.text);
  // People do not see this one; programs that fill in everything do.
  const trap = el("input", { name: "website", tabindex: "-1", autocomplete: "off", input: (event) => { draft.website = event.target.value; } });
  const heading = state.open ? t("start_chat") : t("leave_message");

  const submit = (event) => {
    event.preventDefault();
    const missing = asked.filter(({ name, required }) => required && !String(draft[name] || "").trim()).map(({ name }) => name);
    if (!(draft.text || "").trim()) missing.push("text");
    state.errors = Object.fromEntries(missing.map((name) => [name, t("field_needed")]));
    if (missing.length) act.mend();
    else act.submit();
  };
  const root = el("form.view", { novalidate: true, submit },
    el("header.head", {}, backButton(act), el("h1.grow.cut", { tabindex: "-1" }, heading), closeButton(act)),
    el("main.body.scroll", {},
      state.greeting && el("p.bub", {}, state.greeting),
      !state.open && el("p.muted", {}, state.opensAt ? t("answer_at", moment(state.opensAt)) : t("answer_later")),
      ...boxes, message, agree, el("div.sr", { "aria-hidden": "true" }, trap)),
    el("div.do", {}, el("button.btn.primary.big", {}, icon("send"), t("send"))));
  const first = root.querySelector("[aria-invalid]") || root.querySelector("main input:not([tabindex]), textarea");
  return { root, draw: () => {}, focus: first };
}

/** A label, what is filled in, and below it what is wrong with it. */
function box(name, label, control, problem, isOptional = false) {
  const field = control.matches("input") ? control : control.querySelector("input, textarea");
  if (problem && field) {
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", `e-${name}`);
    control.classList.add("err");
  }
  return el("div", {},
    el("label.label", { for: `f-${name}` }, label, isOptional && el("span.muted", {}, ` ${t("optional")}`)), control,
    problem && el("p.problem", { id: `e-${name}` }, icon("alert", "s"), problem));
}

function fieldOf({ name, required }, state) {
  const { draft, errors } = state;
  if (name === "topic") return topics(state, required, errors.topic);
  const input = el("input", {
    id: `f-${name}`, type: TYPES[name] || "text", autocomplete: COMPLETES[name] || "off", maxlength: "200",
    value: draft[name] || "", "aria-required": String(required), input: (event) => { draft[name] = event.target.value; },
  });
  return box(name, t(name), el("div.field", {}, input), errors[name], !required);
}

function topics({ draft, topics: rows }, required, problem) {
  const one = (row) => el("label.btn.choice", {},
    el("input", {
      type: "radio", name: "topic", value: row.slug, checked: draft.topic === row.slug,
      "aria-describedby": problem ? "e-topic" : null, "aria-invalid": problem ? "true" : null,
      change: () => { draft.topic = row.slug; },
    }), icon("check", "s"), row.name);
  return el("fieldset", {},
    el("legend.label", {}, t("topic"), !required && el("span.muted", {}, ` ${t("optional")}`)),
    el("div.h.wrap", {}, ...rows.map(one)),
    problem && el("p.problem", { id: "e-topic" }, icon("alert", "s"), problem));
}

function consent(draft, problem) {
  const tick = el("input", {
    id: "f-consent", type: "checkbox", checked: draft.consent, change: (event) => { draft.consent = event.target.checked; },
    "aria-describedby": problem ? "e-consent" : null, "aria-invalid": problem ? "true" : null,
  });
  const link = config.privacy
    && el("a.link", { href: config.privacy, target: "_blank", rel: "noopener noreferrer" }, t("privacy"));
  return el("div", {},
    el("div.h.agree", {}, tick, el("span.grow", {}, el("label", { for: "f-consent" }, t("consent")), link && " ", link)),
    problem && el("p.problem", { id: "e-consent" }, icon("alert", "s"), problem));
}
