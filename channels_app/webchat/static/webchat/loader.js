/* The loader that host pages include as /w/v1.js: launcher, visitor token, and the iframe on first need.
   Runs once, touches nothing of the host page but its own element and one entry of localStorage per key. */
(function (w, d) {
  "use strict";
  var stub = w.cc, script = d.currentScript;
  if (stub && stub.loaded) return;
  var base = new URL(script ? script.src : "/w/v1.js", d.baseURI).origin;
  var key = "", options = {}, config = null, ui = null, frame = null, isLive = false, isOpen = false, unread = 0;
  var memory = {}, identity = {}, listeners = {}, waiting = [];

  function load() {
    try { memory = JSON.parse(w.localStorage.getItem("cc:" + key)) || {}; } catch (e) { memory = {}; }
  }
  function save(changes) {
    Object.assign(memory, changes);
    try { w.localStorage.setItem("cc:" + key, JSON.stringify(memory)); } catch (e) { /* this page only */ }
  }
  function emit(name, data) {
    (listeners[name] || []).slice().forEach(function (listener) {
      try { listener(data); } catch (e) { setTimeout(function () { throw e; }); }
    });
  }

  /* --- to and from the iframe: exact origin, exact window --- */
  function tell(type, data) {
    var message = Object.assign({ cc: 1, t: type }, data);
    if (isLive) frame.contentWindow.postMessage(message, base);
    else if (frame) waiting.push(message);
  }
  function page() {
    return { url: w.location.href.split("#")[0], title: d.title, referrer: d.referrer };
  }
  function greet() {
    isLive = true;
    tell("init", {
      token: memory.token || null, outbox: memory.outbox || [], identity: identity.token || null,
      claims: { name: identity.name, email: identity.email }, page: page(), topic: options.topic || "",
      ref: options.ref || "", theme: options.theme || "auto", open: isOpen
    });
    waiting.splice(0).forEach(function (message) { frame.contentWindow.postMessage(message, base); });
    emit("ready");
  }
  w.addEventListener("message", function (event) {
    var data = event.data;
    if (!frame || event.origin !== base || event.source !== frame.contentWindow || !data || data.cc !== 1) return;
    if (data.t === "token") save({ token: data.token });
    else if (data.t === "outbox") save({ outbox: data.outbox });
    else if (data.t === "running") save({ running: data.running });
    else if (data.t === "close") api.close();
    else if (data.t === "unread") { unread = data.count; show(); emit("unread", unread); }
    else if (data.t === "event") emit(data.name, data.data);
  });

  /* --- launcher: a closed shadow root, so the page's styles stay outside --- */
  var CSS = ":host{all:initial}*{box-sizing:border-box}" +
    "button{position:fixed;inset:auto 24px 24px auto;width:56px;height:56px;border:0;border-radius:50%;padding:0;" +
    "display:grid;place-items:center;cursor:pointer;background:var(--c);color:var(--o);z-index:2147483646;" +
    "box-shadow:0 1px 2px #17202b24,0 8px 24px #17202b33}" +
    "button:focus-visible{outline:2px solid var(--c);outline-offset:3px;box-shadow:0 0 0 3px #fff}" +
    ".left{inset:auto auto 24px 24px}" +
    "svg{width:24px;height:24px;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;" +
    "stroke-linejoin:round}" +
    "span{position:absolute;inset:-2px -2px auto auto;min-width:20px;height:20px;padding:0 5px;border-radius:10px;" +
    "background:#b3261e;color:#fff;font:600 12px/20px system-ui,sans-serif;text-align:center}" +
    "[hidden]{display:none!important}" +
    "iframe{position:fixed;inset:auto 24px 92px auto;width:376px;height:min(680px,100vh - 116px);border:0;" +
    "border-radius:14px;background:transparent;color-scheme:normal;z-index:2147483647;" +
    "box-shadow:0 0 0 1px #7c879438,0 1px 2px #17202b1f,0 12px 40px #17202b3d}" +
    "iframe.left{inset:auto auto 92px 24px}" +
    "@media(max-width:480px){iframe,iframe.left{inset:0;width:100%;height:100%;height:100dvh;border-radius:0}}" +
    "@media print{button,iframe{display:none}}";
  var SHAPES = {
    chat: "M5 4.5h14a2 2 0 0 1 2 2V15a2 2 0 0 1-2 2h-7l-5 3.5V17H5a2 2 0 0 1-2-2V6.5a2 2 0 0 1 2-2zM7.5 9h9M7.5 12.5h5.5",
    close: "M6 9.5l6 6 6-6"
  };
  function build() {
    var host = d.createElement("div"), root = host.attachShadow({ mode: "closed" });
    var sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    var button = d.createElement("button"), badge = d.createElement("span");
    var svg = d.createElementNS("http://www.w3.org/2000/svg", "svg"), path = d.createElementNS(svg.namespaceURI, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.append(path);
    button.type = "button";
    button.className = config.side;
    button.style.setProperty("--c", config.colour);
    button.style.setProperty("--o", config.on_colour);
    button.append(svg, badge);
    button.addEventListener("click", function () { api.toggle(); });
    root.append(button);
    d.body.append(host);
    ui = { host: host, root: root, button: button, badge: badge, path: path };
    show();
  }
  function show() {
    if (!ui) return;
    var words = config.strings, label = isOpen ? words.close_chat : words.open_chat;
    ui.path.setAttribute("d", isOpen ? SHAPES.close : SHAPES.chat);
    ui.badge.textContent = unread > 99 ? "99+" : String(unread);
    ui.badge.hidden = isOpen || !unread;
    ui.button.setAttribute("aria-expanded", String(isOpen));
    ui.button.setAttribute("aria-label", unread && !isOpen ? label + ", " + words.unread.replace("%s", unread) : label);
    if (frame) frame.hidden = !isOpen;
  }
  function need() {
    if (frame || !ui) return;
    frame = d.createElement("iframe");
    frame.title = config.name + ": " + config.strings.chat;
    frame.className = config.side;
    frame.hidden = !isOpen;
    frame.src = base + "/w/" + encodeURIComponent(key) + "/frame/?locale=" + encodeURIComponent(config.locale);
    frame.addEventListener("load", greet);
    ui.root.append(frame);
  }
  function drop() {
    if (ui) ui.host.remove();
    ui = frame = config = null;
    isLive = false;
    waiting = [];
  }
  function start() {
    var asked = key, locale = options.locale || d.documentElement.lang || w.navigator.language || "";
    fetch(base + "/w/" + encodeURIComponent(key) + "/config/?locale=" + encodeURIComponent(locale), { credentials: "omit" })
      .then(function (answer) {
        return answer.json().then(function (body) { if (!answer.ok) throw body; return body; });
      })
      .then(function (body) {
        if (key !== asked || ui) return;
        config = body;
        build();
        if (isOpen || memory.running || (memory.outbox || []).length) need();
      })
      .catch(function (problem) {
        w.console.warn("cc:", (problem && problem.text) || problem);
        emit("error", problem);
      });
  }

  var api = {
    init: function (given) {
      if (!given || !given.key || given.key === key) return;
      if (key) api.destroy();
      options = given;
      key = String(given.key);
      load();
      if (d.body) start();
      else d.addEventListener("DOMContentLoaded", start, { once: true });
    },
    identify: function (person) {
      identity = person || {};
      tell("identify", { identity: identity.token || null, claims: { name: identity.name, email: identity.email } });
    },
    logout: function () {
      identity = {};
      save({ token: null, running: false, outbox: [] });
      unread = 0;
      tell("logout");
      show();
    },
    page: function () { tell("page", { page: page() }); },
    set: function (given) {
      Object.assign(options, given);
      tell("set", { topic: options.topic || "", ref: options.ref || "" });
    },
    open: function () {
      if (isOpen) return;
      isOpen = true;
      need();
      show();
      tell("opened");
      if (frame) frame.focus();
      emit("open");
    },
    close: function () {
      if (!isOpen) return;
      isOpen = false;
      show();
      tell("closed");
      if (ui) ui.button.focus();
      emit("close");
    },
    toggle: function () { if (isOpen) api.close(); else api.open(); },
    newMessage: function (text) { api.open(); tell("draft", { text: String(text || "") }); },
    setLocale: function (locale) { options.locale = locale; if (key) { drop(); start(); } },
    theme: function (theme) { options.theme = theme; tell("theme", { theme: theme }); },
    on: function (name, listener) { (listeners[name] = listeners[name] || []).push(listener); },
    off: function (name, listener) {
      listeners[name] = (listeners[name] || []).filter(function (known) { return known !== listener; });
    },
    destroy: function () { drop(); key = ""; isOpen = false; unread = 0; }
  };
  function cc(name) {
    if (!Object.prototype.hasOwnProperty.call(api, name)) { w.console.warn("cc: unknown call", name); return; }
    return api[name].apply(null, [].slice.call(arguments, 1));
  }
  cc.loaded = true;
  w.cc = cc;
  ((stub && stub.q) || []).forEach(function (call) { cc.apply(null, call); });
})(window, document);
