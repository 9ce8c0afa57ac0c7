/* The loader that host pages include as /w/v1.js: launcher, visitor token, greetings, and the iframe on first need.
   Runs once. Touches nothing of the host page but its own element and, once somebody chats, its storage under one name. */
((w, d) => {
  "use strict";
  const stub = w.cc, script = d.currentScript;
  if (stub && stub.loaded) return;
  const base = new URL(script ? script.src : "/w/v1.js", d.baseURI).origin;
  const WEEK = 6048e5, MOST_EVENTS = 20, MOST_VIEWS = 10;
  const narrow = w.matchMedia("(max-width:480px)"), listeners = {};
  let key = "", options = {}, config, ui, frame, isLive, isBlocked, isOpen, isKept, hasConsent, unread = 0;
  let memory = {}, identity = {}, visit = {}, wish = {}, timers = [];

  /* --- what stays: in this page alone until somebody opens the chat or consents --- */
  const store = (name, act) => { try { return act(w[name]); } catch { return null; /* refused: this page only */ } };
  const read = (name = "localStorage") => store(name, (kept) => JSON.parse(kept.getItem("cc:" + key)));
  const write = (name, what) => store(name, (kept) => kept.setItem("cc:" + key, JSON.stringify(what)));
  function save(changes) {
    memory = Object.assign((isKept && read()) || memory, changes);
    if (!key || (!isKept && !hasConsent)) return;
    write("localStorage", memory);
    write("sessionStorage", { open: isKept && isOpen, visit: hasConsent ? visit : {} });
  }
  const wipe = () => { for (const name of ["localStorage", "sessionStorage"]) store(name, (kept) => kept.removeItem("cc:" + key)); };
  function forget() {
    wipe();
    memory = {};
    identity = {};
    unread = 0;
    isKept = false;
    tell("logout");
    show();
  }
  const outbox = (id, message) =>
    save({ outbox: ((read() || memory).outbox || []).filter((row) => row.id !== id).concat(message || []) });
  w.addEventListener("storage", (event) => {
    if (!key || event.key !== "cc:" + key) return;
    if (!event.newValue) return forget(); // logged out in another tab
    const before = memory.token;
    memory = read() || {};
    isKept = true;
    if (memory.token !== before) tell("token", { token: memory.token });
    if (memory.running) need();
  });

  function emit(name, data) {
    for (const listener of (listeners[name] || []).slice()) {
      try { listener(data); } catch (error) { setTimeout(() => { throw error; }); }
    }
  }

  /* --- to and from the iframe: exact origin, exact window --- */
  const tell = (type, data) => { if (isLive) frame.contentWindow.postMessage({ cc: 1, t: type, ...data }, base); };
  const who = () => {
    const { id, name, email, phone, token } = identity;
    return { identity: token || null, claims: { id, name, email, phone } };
  };
  const address = () => w.location.href.split("#")[0];
  const about = () => ({
    ...visit, consented: !!hasConsent, url: address(), title: d.title, referrer: d.referrer,
  });
  /** What the host page says of this visit goes with the first message; with consent it outlives the page. */
  function note(name, row, most) {
    visit[name] = (visit[name] || []).concat(row || []).slice(-most);
    save({});
    tell("visit", { visit: about() });
  }
  function value(values) {
    visit.values = { ...visit.values };
    for (const [name, given] of Object.entries(values || {})) {
      visit.values[name] = given && typeof given === "object" ? JSON.stringify(given) : given;
    }
  }
  function greet() {
    const message = {
      cc: 1, t: "init", ...who(), token: memory.token || null, outbox: memory.outbox || [], visit: about(),
      topic: options.topic || "", ref: options.ref || "", theme: options.theme || "auto", open: isOpen, ...wish,
    };
    wish = {};
    frame.contentWindow.postMessage(message, base);
  }
  const fromFrame = {
    here() { isLive = true; },
    token({ token }) { save({ token }); },
    put({ message }) { outbox(message.id, message); },
    settled({ id }) { outbox(id); },
    running({ running }) { if (running !== !!memory.running) save({ running }); },
    close() { api.close(); },
    forget,
    locale({ locale }) { save({ locale }); start(); },
    unread({ count }) { unread = count; show(); emit("unread", count); },
    event({ name, data }) {
      emit(name, data);
      if (name === "message" && !isOpen) nudge(data.from, data.text, "chat");
    },
  };
  w.addEventListener("message", ({ data, origin, source }) => {
    if (!frame || origin !== base || source !== frame.contentWindow || !data || data.cc !== 1) return;
    if (Object.hasOwn(fromFrame, data.t)) fromFrame[data.t](data);
  });

  /* --- launcher: a closed shadow root outside the body, so the page's styles stay outside --- */
  const CSS = `:host{all:initial!important;color-scheme:light dark!important}*{box-sizing:border-box}[hidden]{display:none!important}
button{font:500 13px/1.4 system-ui,sans-serif;cursor:pointer;border:0}
button:focus-visible{outline:2px solid var(--c);outline-offset:3px;box-shadow:0 0 0 3px #fff}
svg{width:24px;height:24px;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
.go,.say,iframe{position:fixed;inset:auto 24px 24px auto;z-index:2147483646}
.left .go,.left .say,.left iframe{right:auto;left:24px}
.go{width:56px;height:56px;border-radius:50%;padding:0;display:grid;place-items:center;background:var(--c);color:var(--o);box-shadow:0 1px 2px #17202b24,0 8px 24px #17202b33}
.go span{position:absolute;inset:-2px -2px auto auto;min-width:20px;height:20px;padding:0 5px;border-radius:10px;background:#b3261e;color:#fff;font:600 12px/20px system-ui,sans-serif}
.say{bottom:92px;width:288px;max-width:calc(100vw - 48px);padding:12px;border:1px solid #7c879455;border-radius:14px;background:light-dark(#fff,#1f2832);color:light-dark(#17202b,#e8edf2);font:14px/1.45 system-ui,sans-serif;box-shadow:0 1px 2px #17202b1f,0 8px 24px #17202b33}
.say b{display:block;min-height:32px;padding-right:32px;line-height:32px;font-weight:600}
.say p{margin:0 0 10px;overflow-wrap:anywhere}
.say button{min-height:32px;margin-right:6px;padding:4px 12px;border-radius:8px;border:1px solid #7c8794;background:none;color:inherit}
.say .yes{background:var(--c);border-color:var(--c);color:var(--o)}
iframe{bottom:92px;width:376px;height:min(680px,100vh - 116px);border:0;border-radius:14px;background:light-dark(#fff,#171e26);z-index:2147483647;box-shadow:0 0 0 1px #7c879438,0 1px 2px #17202b1f,0 12px 40px #17202b3d}
@media(max-width:480px){iframe,.left iframe{inset:var(--y,0) 0 auto;width:100%;height:var(--h,100dvh);border-radius:0}.open .go{display:none}}
@media print{div{display:none}}`;
  const SHAPES = {
    chat: "M5 4.5h14a2 2 0 0 1 2 2V15a2 2 0 0 1-2 2h-7l-5 3.5V17H5a2 2 0 0 1-2-2V6.5a2 2 0 0 1 2-2zM7.5 9h9M7.5 12.5h5.5",
    close: "M6 9.5l6 6 6-6",
  };
  function make(tag, name, text, click) {
    const node = d.createElement(tag);
    node.className = name;
    node.textContent = text || "";
    if (click) {
      node.type = "button";
      node.addEventListener("click", click);
    }
    return node;
  }
  function build() {
    const host = make("div", ""), root = host.attachShadow({ mode: "closed" }), box = make("div", "");
    const sheet = new CSSStyleSheet(), svg = d.createElementNS("http://www.w3.org/2000/svg", "svg");
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    const path = d.createElementNS(svg.namespaceURI, "path"), badge = make("span", ""), said = make("div", "");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.append(path);
    const button = make("button", "go", "", () => api.toggle());
    // Whoever reaches for the launcher will want the chat.
    for (const name of ["pointerenter", "focus"]) button.addEventListener(name, need);
    button.append(svg, badge);
    said.setAttribute("role", "status");
    box.append(said, button);
    root.append(box);
    d.documentElement.append(host);
    ui = { host, box, button, badge, path, said };
  }
  function show() {
    if (!ui) return;
    const words = config.strings, label = isOpen ? words.close_chat : words.open_chat;
    const count = isOpen ? 0 : unread || (ui.said.firstChild ? 1 : 0);
    ui.box.className = `${config.side} ${isOpen ? "open" : ""}`;
    ui.box.style.colorScheme = /^(light|dark)$/.test(options.theme) ? options.theme : "";
    ui.box.style.setProperty("--c", config.colour);
    ui.box.style.setProperty("--o", config.on_colour);
    ui.path.setAttribute("d", isOpen ? SHAPES.close : SHAPES.chat);
    ui.badge.textContent = count > 99 ? "99+" : String(count);
    ui.badge.hidden = !count;
    ui.button.hidden = !isOpen && isOn(config.hidden);
    ui.button.setAttribute("aria-expanded", String(!!isOpen));
    ui.button.setAttribute("aria-label", unread && count ? `${label}, ${words.unread.replace("%s", unread)}` : label);
    if (frame) frame.hidden = !isOpen;
    if (isOpen) unsay();
  }
  /** A full screen that ends where the keyboard of a phone begins. */
  function fit() {
    const view = w.visualViewport;
    if (!ui || !isOpen || !narrow.matches || !view) return;
    ui.box.style.setProperty("--y", view.offsetTop + "px");
    ui.box.style.setProperty("--h", view.height + "px");
  }
  for (const name of ["resize", "scroll"]) w.visualViewport?.addEventListener(name, fit);

  function need() {
    if (frame || !ui || isBlocked) return;
    frame = make("iframe", "");
    frame.title = `${config.name}: ${config.strings.chat}`;
    frame.allow = "microphone; clipboard-write";
    frame.hidden = !isOpen;
    frame.addEventListener("load", greet);
    point();
    ui.box.append(frame);
  }
  function point() {
    isLive = false;
    frame.src = `${base}/w/${encodeURIComponent(key)}/frame/?locale=${encodeURIComponent(config.locale)}`;
  }
  // A page whose policy forbids our frame: the chat opens in a window of its own.
  d.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
    if (!frame || !/^(frame|child)-src/.test(effectiveDirective) || !blockedURI.startsWith(base)) return;
    const was = isOpen;
    isBlocked = true;
    frame.remove();
    frame = isOpen = null;
    show();
    emit("error", { code: "blocked", text: effectiveDirective });
    if (was) api.open();
  });

  /* --- greetings, and what came while the chat was closed --- */
  const isOn = (patterns) => (patterns || []).some((pattern) => {
    const shape = new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*")}$`);
    return shape.test(pattern[0] === "/" ? w.location.pathname + w.location.search : address());
  });
  function nudge(name, text, view, given) {
    if (!ui || isOpen || ui.button.hidden) return;
    const words = config.strings, card = make("div", "say");
    const no = make("button", "", words.no_thanks, () => {
      if (given) save({ declined: Date.now() });
      unsay();
      ui.button.focus();
    });
    const yes = make("button", "yes", words.answer, () => api.open(view, given));
    card.append(make("b", "", name), make("p", "", text.length > 200 ? `${text.slice(0, 200)}…` : text), yes, no);
    ui.said.replaceChildren(card);
    show();
  }
  function unsay() {
    if (!ui.said.firstChild) return;
    ui.said.replaceChildren();
    show();
  }
  /** Greetings want consent: they are for people who did not ask. Once in a visit, and not for a week after a no. */
  function plan() {
    timers.splice(0).forEach(clearTimeout);
    if (!config || config.open === false || !hasConsent) return;
    for (const { id, pages, after, text } of config.greetings) {
      if (pages.length && !isOn(pages)) continue;
      timers.push(setTimeout(() => {
        const isBusy = memory.running || d.querySelector("dialog[open],[aria-modal=true]");
        if (isBusy || Date.now() - (memory.declined || 0) < WEEK || visit.greeted) return;
        visit.greeted = true;
        note("events", { name: "greeting", data: { id } }, MOST_EVENTS);
        nudge(config.name, text, "form", { greeting: text });
      }, after * 1000));
    }
  }

  function drop() {
    if (ui) ui.host.remove();
    timers.splice(0).forEach(clearTimeout);
    ui = frame = config = null;
    isLive = false;
  }
  function start() {
    const asked = key, wanted = memory.locale || options.locale || d.documentElement.lang || w.navigator.language || "";
    fetch(`${base}/w/${encodeURIComponent(key)}/config/?locale=${encodeURIComponent(wanted)}`, { credentials: "omit" })
      .then(async (answer) => {
        const body = await answer.json();
        if (!answer.ok) throw body;
        if (key !== asked) return;
        config = body;
        if (!ui) build();
        if (frame) point();
        show();
        if (isOpen || memory.running || (memory.outbox || []).length) need();
        plan();
        emit("ready");
      })
      .catch((problem) => {
        w.console.warn("cc:", (problem && problem.text) || problem);
        emit("error", problem);
      });
  }

  const api = {
    init(given) {
      if (!given || !given.key || given.key === key) return;
      if (key) api.destroy();
      options = { ...given };
      key = String(given.key);
      if (given.consent) hasConsent = true;
      const kept = read();
      memory = kept || {};
      isKept = !!kept;
      const session = read("sessionStorage") || {};
      visit = { ...session.visit, ...visit };
      isOpen = isOpen || (!narrow.matches && session.open);
      api.page();
      if (d.body) start();
      else d.addEventListener("DOMContentLoaded", start, { once: true });
    },
    identify(person) {
      identity = person || {};
      tell("identify", who());
    },
    logout: forget,
    page(given) {
      value(given);
      const url = address(), last = (visit.views || []).slice(-1)[0];
      note("views", (!last || last.url !== url) && { url, title: d.title, at: new Date().toISOString() }, MOST_VIEWS);
      show();
      plan();
    },
    track(name, data) { note("events", { name: String(name), data: data || {} }, MOST_EVENTS); },
    set(given) {
      const { topic, ref, ...values } = given || {};
      if (topic !== undefined) options.topic = topic;
      if (ref !== undefined) options.ref = ref;
      value(values);
      tell("set", { topic: options.topic || "", ref: options.ref || "", visit: about() });
    },
    open(view, given) {
      if (isBlocked) return void w.open(`${base}/c/${encodeURIComponent(key)}/chat?lang=${config.locale}`, "_blank", "noopener");
      const asked = { ...given, ...(view ? { view } : {}) };
      if (!isLive) Object.assign(wish, asked);
      const was = isOpen;
      isOpen = isKept = true;
      save({});
      need();
      show();
      fit();
      tell("opened", asked);
      if (frame) frame.focus();
      if (!was) emit("open");
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      save({});
      show();
      tell("closed");
      if (ui) ui.button.focus();
      emit("close");
    },
    toggle() { if (isOpen) api.close(); else api.open(); },
    newMessage(text) { api.open("form", { draft: String(text || "") }); },
    setLocale(locale) {
      options.locale = locale;
      save({ locale: undefined });
      if (key) start();
    },
    theme(theme) {
      options.theme = theme;
      tell("theme", { theme });
      show();
    },
    consent(given) {
      hasConsent = given === true;
      if (hasConsent || isKept) save(hasConsent ? {} : { declined: undefined });
      else wipe();
      plan();
    },
    on(name, listener) {
      api.off(name, listener);
      listeners[name].push(listener);
      if (name === "ready" && config) listener();
    },
    off(name, listener) { listeners[name] = (listeners[name] || []).filter((known) => known !== listener); },
    destroy() {
      drop();
      key = "";
      isOpen = isKept = isBlocked = false;
      unread = 0;
      visit = {};
    },
  };
  function cc(name, ...given) {
    if (!Object.hasOwn(api, name)) return w.console.warn("cc: unknown call", name);
    return api[name](...given);
  }
  cc.loaded = true;
  w.cc = cc;
  for (const call of (stub && stub.q) || []) cc(...call);
})(window, document);
