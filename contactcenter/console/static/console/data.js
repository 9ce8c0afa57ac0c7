/** What the page carries for the scripts: who is here, words in their language, the server's clock, the CSRF token. */
const page = JSON.parse(document.getElementById("console-data").textContent);
const behind = Date.parse(page.now) - Date.now();

export const { user, language, zone, preferences, alerts } = page;
export const drafts = new Set(page.drafts);

/** The server's time in milliseconds. */
export const now = () => Date.now() + behind;

/** A phrase of the page's language, `%s` filled in. */
export const say = (key, ...values) => values.reduce((text, value) => text.replace("%s", value), page.words[key]);

export const csrf = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

/** POST a form; the answer is looked at by the caller. */
export function post(url, fields, { signal } = {}) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value].flat()) body.append(name, one);
  }
  return send(url, body, { signal });
}

/** The same with a form that is filled. Who has been signed out is told so (`signed-out`); nobody is sent away. */
export async function send(url, body, options = {}) {
  const answer = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": csrf, "HX-Request": "true" }, ...options });
  if (answer.status === 401) document.dispatchEvent(new Event("signed-out"));
  return answer;
}

export const byId = (id) => document.getElementById(id);

/** Lower case without accents, as people search: “Bērziņš” -> “berzins”. */
export const fold = (text) => text.toLocaleLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ł", "l");

/** A symbol of the sprite, beside words. */
export function icon(name, size = "") {
  const svg = document.querySelector("svg.i").cloneNode(true);
  svg.setAttribute("class", `i ${size}`.trim());
  const use = svg.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#i-${name}`));
  return svg;
}

/**
 * Fill an element from the server. The element itself is the source, so that requests for one region wait for each
 * other (see `hx-sync`), while different regions load side by side.
 */
export const load = (url, target) => htmx.ajax("GET", url, { source: target, target, swap: "innerHTML" });
