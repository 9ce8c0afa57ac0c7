/* What was before: an earlier conversation to read, and older messages of the one that runs. */

import { clock, dayName, el, t } from "./dom.js";
import { backButton, closeButton } from "./home.js";
import { link } from "./link.js";
import { bubble } from "./log.js";
import { problem, show } from "./screen.js";
import { state } from "./state.js";

let isLoading = false;

/** The page of older messages above those that are shown. */
export async function loadOlder() {
  const first = state.messages.find((message) => message.seq);
  const { conversation } = state;
  if (isLoading || !first || !conversation) return;
  isLoading = true;
  try {
    const found = await link.ask(`conversations/${conversation.id}/?before=${first.seq}`);
    if (state.conversation && state.conversation.id === conversation.id) {
      const scroll = document.querySelector("main");
      const height = scroll.scrollHeight - scroll.scrollTop;
      const known = new Set(state.messages.map((message) => message.id));
      state.messages.unshift(...found.messages.filter((message) => !known.has(message.id)));
      state.more = found.more && found.messages.length > 0;
      show();
      scroll.scrollTop = scroll.scrollHeight - height;
    }
  } catch (error) {
    problem(error.code ? error.message : t("no_connection"));
  }
  isLoading = false;
}

/** A conversation that has ended, as it was. */
export function earlier({ shown }, act) {
  const log = el("ol.log", { "aria-label": t("conversation") });
  const older = el("button.btn.quiet", { type: "button", hidden: true }, t("show_older"));
  const failed = el("p.problem", { role: "alert", hidden: true });
  const scroll = el("main.body.scroll", { tabindex: "-1" }, older, log);
  const name = (shown.agent && shown.agent.name) || t("your_chat");
  let messages = [];

  async function load() {
    const before = messages.length ? `?before=${messages[0].seq}` : "";
    failed.hidden = true;
    try {
      const found = await link.ask(`conversations/${shown.id}/${before}`);
      const height = scroll.scrollHeight - scroll.scrollTop;
      messages = [...found.messages, ...messages];
      older.hidden = !found.more;
      log.replaceChildren(...rows());
      scroll.scrollTop = scroll.scrollHeight - (before ? height : 0);
    } catch (error) {
      failed.hidden = false;
      failed.textContent = error.code ? error.message : t("no_connection");
      older.hidden = false;
    }
  }
  function rows() {
    const days = messages.map((message) => new Date(message.at).toDateString());
    const lines = messages.flatMap((message, at) => [
      days[at] !== days[at - 1] && el("li.day", {}, dayName(message.at)), bubble(message, act)]);
    return [...lines.filter(Boolean), shown.ended_at && el("li.day", {}, t("ended_at", clock(shown.ended_at)))].filter(Boolean);
  }
  older.addEventListener("click", load);
  load();
  const root = el("div.view", {},
    el("header.head", {}, backButton(act), el("h1.grow.cut", { tabindex: "-1" }, name), closeButton(act)), scroll, failed);
  return { root, draw: () => {} };
}
