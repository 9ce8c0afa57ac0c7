/* The line to the server: a socket that comes back by itself, HTTP where no socket opens. */

import { config, state } from "./state.js";

const PING_MS = 20000;
const DEAD_MS = 45000;
const POLL_MS = 4000;
const RETRY_SOCKET_MS = 60000;
const FAILURES_BEFORE_HTTP = 3;

/** A refusal of the server: `code` for us, `text` for people. */
export class Refusal extends Error {
  constructor(body) {
    super(body.text);
    Object.assign(this, body);
  }
}

class Link {
  constructor() {
    this.base = `/w/${config.key}/`;
    this.failures = 0;
    this.isUp = false;
    this.isHttp = false;
    this.heardAt = 0;
  }

  /** `hello()` gives the first frame; `heard(frame)` takes what the server says; `changed()` that the line did. */
  begin({ hello, heard, changed }) {
    if (this.hello) return;
    Object.assign(this, { hello, heard, changed });
    for (const name of ["online", "pageshow"]) addEventListener(name, () => this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
    setInterval(() => this.beat(), PING_MS);
    this.start();
  }

  start() {
    if (this.socket) return;
    clearTimeout(this.timer);
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/ws/w/${config.key}/`);
    this.socket = socket;
    socket.onopen = () => {
      this.failures = 0;
      this.stopPolling();
      this.heardAt = Date.now();
      this.send(this.hello());
    };
    socket.onmessage = (event) => {
      this.heardAt = Date.now();
      const frame = JSON.parse(event.data);
      if (frame.t === "welcome") this.turn(true);
      if (frame.t === "reset") this.send(this.hello());
      else if (frame.t !== "pong") this.heard(frame);
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.failures += 1;
      if (!this.isHttp) this.turn(false);
      if (!this.isHttp && this.failures >= FAILURES_BEFORE_HTTP) this.poll();
      const delay = this.isHttp && this.isUp ? RETRY_SOCKET_MS : Math.min(500 * 2 ** this.failures, 15000);
      this.timer = setTimeout(() => this.start(), delay * (0.5 + Math.random() / 2));
    };
  }

  /** Say hello again: somebody was identified, or logged out. */
  again() {
    if (!this.hello) return;
    if (this.socket && this.socket.readyState === WebSocket.OPEN) this.send(this.hello());
    else this.hurry();
  }

  hurry() {
    if (!this.socket) this.start();
    else this.beat();
  }

  beat() {
    const socket = this.socket;
    if (!socket || socket.readyState !== WebSocket.OPEN) return;
    if (Date.now() - this.heardAt > DEAD_MS) {
      // A line that died without a word (a phone that slept): do not wait for its close.
      socket.onclose = null;
      socket.close();
      this.socket = null;
      this.turn(false);
      this.start();
    } else this.send({ t: "ping" });
  }

  turn(isUp) {
    if (isUp === this.isUp) return;
    this.isUp = isUp;
    this.changed();
  }

  /** Whether the frame is on its way. Messages may also go by HTTP; the rest is for sockets only. */
  send(frame) {
    if (this.socket && this.socket.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify(frame));
      return true;
    }
    if (this.isHttp && frame.t === "message") {
      this.post(frame);
      return true;
    }
    return false;
  }

  /* --- without a socket --- */
  /** Where to ask as this visitor, and with which headers. */
  address(path) {
    const { token, identity } = state;
    const headers = {};
    if (token) headers.Authorization = `Bearer ${token}`;
    if (identity) headers["X-Widget-Identity"] = identity;
    return [`${this.base}${path}${path.includes("?") ? "&" : "?"}locale=${config.locale}`, headers];
  }

  request(path, body) {
    const [address, headers] = this.address(path);
    const options = { headers, credentials: "omit", cache: "no-store" };
    if (body) Object.assign(options, { method: "POST", body: JSON.stringify(body) });
    if (body) headers["Content-Type"] = "application/json";
    return fetch(address, options);
  }

  /** The JSON that an address answers, to `body` if there is one. Raises Refusal, and TypeError without a line. */
  async ask(path, body) {
    const answer = await this.request(path, body);
    const found = await answer.json();
    if (!answer.ok) throw new Refusal(found);
    return found;
  }

  async post(frame) {
    try {
      const answer = await this.request("messages/", frame);
      const body = await answer.json();
      if (body.token) this.heard({ t: "token", token: body.token });
      this.heard(answer.ok ? body : { ...body, id: frame.id });
    } catch {
      this.turn(false);
    }
  }

  async poll() {
    this.isHttp = true;
    clearTimeout(this.pollTimer);
    try {
      const { seq, conversation } = state;
      const after = conversation ? `?after=${seq}&conversation=${conversation.id}` : "";
      const answer = await this.request(`messages/${after}`);
      const body = await answer.json();
      if (answer.ok && this.isHttp) {
        // The server is there (again): it may be that sockets open now.
        if (!this.isUp) this.start();
        this.turn(true);
        this.heard(body);
      }
    } catch {
      this.turn(false);
    }
    if (this.isHttp) this.pollTimer = setTimeout(() => this.poll(), POLL_MS);
  }

  stopPolling() {
    this.isHttp = false;
    clearTimeout(this.pollTimer);
  }
}

export const link = new Link();
