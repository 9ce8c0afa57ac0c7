/* The widget's page: puts its parts together and begins. */

import { act, flush, RESEND_MS } from "./acts.js";
import { attend, tell } from "./host.js";
import { t } from "./dom.js";
import { link } from "./link.js";
import { heard } from "./news.js";
import * as screen from "./screen.js";
import { config, forget, isRunning, state } from "./state.js";

// Notices come and go by the clock.
const NOTICES_MS = 30_000;

const hello = () => ({
  t: "hello", token: state.token, identity: state.identity, locale: config.locale, page: state.visit.url || "",
  seq: state.seq, conversation: state.conversation && state.conversation.id,
});

/* --- what the host page says --- */

const fromHost = {
  init(data) {
    tell("here");
    state.outbox = (data.outbox || []).map((message) => ({ ...message, sentAt: 0 }));
    Object.assign(state, { token: data.token, visit: data.visit || {}, isShown: data.open });
    identify(data);
    fromHost.set(data);
    theme(data.theme);
    resume().then(() => link.begin({ hello, heard, changed: screen.show }));
    if (data.open) fromHost.opened(data);
  },
  identify(data) {
    identify(data);
    link.again();
  },
  token({ token }) {
    if (token === state.token) return;
    forget();
    state.token = token;
    link.again();
  },
  logout() {
    forget();
    Object.assign(state, { token: null, identity: null, claims: {}, draft: {}, outbox: [], files: [] });
    screen.go("home", false);
    link.again();
  },
  visit({ visit }) { state.visit = visit; },
  set(data) {
    if (data.topic) state.draft.topic = data.topic;
    state.ref = data.ref;
    state.visit = data.visit || state.visit;
  },
  theme: (data) => theme(data.theme),
  opened({ view, draft, greeting }) {
    state.isShown = true;
    if (draft) state.draft.text = draft;
    if (greeting) state.greeting = greeting;
    const wanted = view === "form" && isRunning() ? "chat" : view;
    if (["home", "form", "chat"].includes(wanted)) screen.go(wanted);
    else {
      screen.look();
      screen.show();
      screen.focus();
    }
  },
  closed() { state.isShown = false; },
};

function identify({ identity, claims = {} }) {
  Object.assign(state, { identity, claims });
  for (const name of ["name", "email", "phone"]) if (claims[name]) state.draft[name] = claims[name];
}

function theme(name) {
  if (name === "light" || name === "dark") document.documentElement.dataset.theme = name;
  else delete document.documentElement.dataset.theme;
}

/** A link out of a mail is exchanged once for a token of its own. */
async function resume() {
  if (!config.resume) return;
  try {
    state.token = (await link.ask("resume/", { resume: config.resume })).token;
    tell("token", { token: state.token });
  } catch (error) {
    state.notice = error.code ? error.message : t("no_connection");
  }
}

/* --- begin --- */

for (const [name, colour] of Object.entries(config.palette)) {
  document.documentElement.style.setProperty(`--${name.replace("_", "-")}`, colour);
}
document.documentElement.dataset.mode = config.mode;
document.addEventListener("keydown", (event) => { if (event.key === "Escape") act.close(); });
screen.begin(act);
attend(fromHost);
setInterval(flush, RESEND_MS);
setInterval(screen.show, NOTICES_MS);
