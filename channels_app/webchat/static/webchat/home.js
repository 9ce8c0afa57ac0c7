/* The way in: greeting, whether somebody is here, what can be done now, and the conversations there are. */

import { clock, el, icon, initials, moment, redraw, t, waitWords } from "./dom.js";
import { config, isEmbedded, isRunning } from "./state.js";

const EARLIER_SHOWN = 3;

export const avatar = (name) => el("span.av", { "aria-hidden": "true" }, initials(name) || "?");

export function closeButton(act) {
  return isEmbedded && el("button.btn.quiet.sq", { type: "button", "aria-label": t("close_chat"), "data-f": "close", click: act.close }, icon("close"));
}

export function backButton(act) {
  return el("button.btn.quiet.sq", { type: "button", "aria-label": t("back"), click: act.showHome }, icon("left"));
}

/** Where privacy is explained, and beside it what else stands below a view. */
export function foot(...others) {
  const privacy = config.privacy
    && el("a.quietly", { href: config.privacy, target: "_blank", rel: "noopener noreferrer" }, t("privacy"));
  return el("footer.foot", {}, privacy || el("span"), ...others);
}

/** What the company tells everybody for a while, between its first and its last moment. */
export const noticesNow = () => config.notices.filter(
  (row) => Date.parse(row.from) <= Date.now() && (!row.until || Date.now() < Date.parse(row.until)));

export const noticeCard = (row) => el(`p.card.lifted.told.${row.severity}`, { role: "status" }, row.text);

export function home(state, act) {
  const hero = el("header.hero");
  const body = el("main.body.lift.scroll");
  const language = el("select", {
    "aria-label": t("language"), change: (event) => act.speakIn(event.target.value),
  }, ...config.languages.map(([code, name]) => el("option", { value: code, lang: code, selected: code === config.locale }, name)));
  const root = el("div.view.home", {}, hero, body, foot(el("label.language", {}, icon("globe", "s"), language)));
  const isAll = { shown: false };

  function draw() {
    const { open, opensAt, wait, person, claims, topics, conversations, unread, notice, needsIdentity } = state;
    redraw(hero, [open, opensAt, wait, person, claims], () => [
      el("div.h", {}, el("b.grow.cut", {}, config.logo ? el("img.logo", { src: config.logo, alt: config.name }) : config.name), closeButton(act)),
      el("h1", { tabindex: "-1" }, greeting(state)),
      el("p.h.t1", {}, ...presence(state)),
    ]);
    const notices = noticesNow();
    redraw(body, [open, topics, conversations, unread, notice, needsIdentity, isAll.shown, notices], () => [
      ...notices.map(noticeCard),
      notice && el("p.card.lifted", { role: "status" }, notice),
      ...conversations.filter(isRunning).map((row) => conversationRow(row, state, act)),
      !conversations.some(isRunning) && talkToUs(state, act),
      ...earlier(),
    ]);
  }

  function earlier() {
    const ended = state.conversations.filter((row) => !isRunning(row));
    if (!ended.length) return [];
    const shown = isAll.shown ? ended : ended.slice(0, EARLIER_SHOWN);
    const more = () => { isAll.shown = true; draw(); };
    return [el("h2", {}, t("earlier")), ...shown.map((row) => conversationRow(row, state, act)),
      shown.length < ended.length && el("button.btn.quiet", { type: "button", click: more }, t("show_all"))];
  }
  return { root, draw };
}

function greeting({ person, claims }) {
  const name = (person.name || claims.name || "").trim().split(/\s+/)[0];
  if (config.greeting && !config.greeting.includes("{name}")) return config.greeting;
  if (!name) return t("hello");
  return config.greeting ? config.greeting.replace("{name}", name) : t("hello_name", name);
}

/** "Online now" and how long it takes, or when we are back. */
function presence({ open, opensAt, wait }) {
  if (open) return [el("span.live"), wait ? `${t("online")} · ${waitWords(wait)}` : t("online")];
  return [icon("clock", "s"), opensAt ? t("back_at", moment(opensAt)) : t("closed")];
}

function talkToUs({ open, topics, needsIdentity }, act) {
  if (needsIdentity) return el("p.card.lifted", {}, t("sign_in_first"));
  const topic = (row) => el("button.btn.choice", { type: "button", "data-f": row.slug, click: () => act.begin(row.slug) },
    !row.open && icon("moon", "s"), row.name, !row.open && el("span.sr", {}, t("closed")));
  return el("section.card.lifted", { "aria-labelledby": "talk" },
    el("h2", { id: "talk" }, t("talk_to_us")),
    el("button.btn.primary.big", { type: "button", "data-f": "begin", click: () => act.begin() },
      icon(open ? "chat" : "mail"), open ? t("start_chat") : t("leave_message")),
    topics.length > 0 && el("div.h.wrap", { role: "group", "aria-label": t("topic") }, ...topics.map(topic)));
}

function conversationRow(row, state, act) {
  const isCurrent = state.conversation && row.id === state.conversation.id;
  const name = (row.agent && row.agent.name) || t("your_chat");
  const click = () => (isCurrent && (isRunning(row) || state.messages.length) ? act.showChat() : act.showEarlier(row));
  const count = isCurrent ? state.unread : row.unread;
  return el("button.pick", { type: "button", "data-f": row.id, click },
    avatar(row.agent ? row.agent.name : config.name),
    el("span.grow.cut", {}, el("b", {}, name), el("br"), el("span.muted", {}, row.text)),
    count ? el("span.count", {}, String(count), el("span.sr", {}, ` ${t("new")}`)) : el("span.t1.muted", {}, clock(row.at)));
}
