/* What is around us: the host page, by messages with its exact origin, or our own full page with its storage. */

import { config, isEmbedded } from "./state.js";

const name = `cc:${config.key}`;
let origin = "";
let heard = {};

export function tell(type, data) {
  if (!isEmbedded) own[type]?.(data);
  else if (origin) window.parent.postMessage({ cc: 1, t: type, ...data }, origin);
}

function read() {
  try { return JSON.parse(localStorage.getItem(name)) || {}; } catch { return {}; }
}
function save(changes) {
  try { localStorage.setItem(name, JSON.stringify({ ...read(), ...changes })); } catch { /* this page only */ }
}
const others = (id) => (read().outbox || []).filter((row) => row.id !== id);

/** A full page keeps what the loader keeps on a host page, under the same name. */
const own = {
  token: ({ token }) => save({ token }),
  running: ({ running }) => save({ running }),
  put: ({ message }) => save({ outbox: [...others(message.id), message] }),
  settled: ({ id }) => save({ outbox: others(id) }),
  forget() {
    try { localStorage.removeItem(name); } catch { /* nothing was kept */ }
    heard.logout();
  },
  locale({ locale }) {
    const address = new URL(location.href);
    address.searchParams.set("lang", locale);
    location.replace(address);
  },
};

/** `handlers` take what the host page says; a full page says it to itself. */
export function attend(handlers) {
  heard = handlers;
  if (!isEmbedded) return attendOwnPage();
  addEventListener("message", (event) => {
    const { data, source } = event;
    if (source !== window.parent || !config.origins.includes(event.origin) || !data || data.cc !== 1) return;
    origin = event.origin;
    if (Object.hasOwn(heard, data.t)) heard[data.t](data);
  });
}

function attendOwnPage() {
  const address = new URL(location.href);
  // The link is a key: it does not stay in the address bar, nor in the history.
  address.searchParams.delete("resume");
  history.replaceState(null, "", address);
  addEventListener("storage", (event) => {
    if (event.key !== name) return;
    if (event.newValue) heard.token({ token: read().token });
    else heard.logout();
  });
  const { token, outbox } = read();
  heard.init({
    token, outbox, claims: {}, theme: "auto", open: true, topic: config.topic, ref: config.ref,
    visit: { url: address.href, title: document.title, referrer: document.referrer },
  });
}
