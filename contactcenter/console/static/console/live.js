/**
 * The console's websocket: connects, says which conversations are open and up to which event they are known, drops
 * what is old, asks again where something is missing, and tells the rest of the page by `on`.
 */
const PING_MS = 20_000;
const DEAD_MS = 45_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const QUIET_MS = 3_000;

const listeners = new Map();
// Conversation -> the last event that the page shows, for those that are open.
const seqs = new Map();
let front = 0;
let socket = null;
let failures = 0;
let heardAt = 0;
let downSince = 0;
let retryAt = 0;
let retryTimer = 0;
let over = false;

/** Call `listener(frame)` for frames of this type, and for `up`, `down` ({since, seconds}) and `over`. */
export function on(type, listener) {
  listeners.set(type, [...(listeners.get(type) ?? []), listener]);
}

function tell(type, frame) {
  for (const listener of listeners.get(type) ?? []) listener(frame);
}

function send(frame) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

/** Keep a conversation's timeline complete from event `seq` on. */
export function open(conversation, seq) {
  seqs.set(conversation, seq);
  send({ t: "open", conversation, seq });
}

export function shut(conversation) {
  if (seqs.delete(conversation)) send({ t: "shut", conversation });
}

export const seqOf = (conversation) => seqs.get(conversation);

/** The one conversation that is looked at; 0 for none. */
export function view(conversation) {
  if (conversation === front) return;
  front = conversation;
  send({ t: "view", conversation });
}

export const sayTyping = (conversation) => send({ t: "typing", conversation });
export const isUp = () => socket?.readyState === WebSocket.OPEN && downSince === 0;

/** An html frame, from the socket or as the answer to a POST: `frame.fresh` says whether its entries are to be shown. */
export function take(frame) {
  const known = seqs.get(frame.conversation);
  if (known !== undefined && frame.seq <= known) return;
  const missing = known !== undefined && frame.after > known;
  if (missing) send({ t: "open", conversation: frame.conversation, seq: known });
  else if (known !== undefined) seqs.set(frame.conversation, frame.seq);
  tell("html", { ...frame, fresh: !missing });
}

function received(event) {
  heardAt = Date.now();
  const frame = JSON.parse(event.data);
  if (frame.t === "welcome") {
    failures = 0;
    downSince = 0;
    tell("up", frame);
  } else if (frame.t === "html") {
    take(frame);
  } else {
    tell(frame.t, frame);
  }
}

function connect() {
  clearTimeout(retryTimer);
  if (over || (socket && socket.readyState <= WebSocket.OPEN)) return;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const mine = new WebSocket(`${scheme}//${location.host}/ws/console/`);
  socket = mine;
  heardAt = Date.now();
  mine.onopen = () => {
    send({ t: "hello", open: Object.fromEntries(seqs) });
    if (front) send({ t: "view", conversation: front });
  };
  mine.onmessage = (event) => mine === socket && received(event);
  mine.onclose = (event) => mine === socket && lost(event.code);
}

function lost(code) {
  socket = null;
  if (code === 4401) {
    over = true;
    tell("over", {});
    return;
  }
  downSince ||= Date.now();
  const wait = Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS) * (0.5 + Math.random() / 2);
  failures += 1;
  retryAt = Date.now() + wait;
  retryTimer = setTimeout(connect, wait);
}

/** Try at once: the network is back, the tab is looked at again, or somebody asked. */
export function retry() {
  if (!socket) connect();
}

function watch() {
  if (socket?.readyState === WebSocket.OPEN) {
    if (Date.now() - heardAt > DEAD_MS) {
      const dead = socket;
      lost(0);
      dead.close();
    } else if (Date.now() - heardAt > PING_MS) {
      send({ t: "ping" });
    }
  }
  if (downSince && Date.now() - downSince > QUIET_MS) {
    tell("down", { since: downSince, seconds: Math.max(0, Math.ceil((retryAt - Date.now()) / 1000)) });
  }
}

export function start() {
  connect();
  setInterval(watch, 1000);
  addEventListener("online", retry);
  document.addEventListener("visibilitychange", () => document.hidden || retry());
}
