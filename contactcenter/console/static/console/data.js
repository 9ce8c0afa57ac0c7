/** What the page carries for the scripts: who is here, words in their language, the server's clock, the CSRF token. */
const page = JSON.parse(document.getElementById("console-data").textContent);
const behind = Date.parse(page.now) - Date.now();

export const { user, language, zone } = page;
export const drafts = new Set(page.drafts);

/** The server's time in milliseconds. */
export const now = () => Date.now() + behind;

/** A phrase of the page's language, `%s` filled in. */
export const say = (key, ...values) => values.reduce((text, value) => text.replace("%s", value), page.words[key]);

export const csrf = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

/** POST a form; the answer is looked at by the caller. */
export function post(url, fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value].flat()) body.append(name, one);
  }
  return fetch(url, { method: "POST", body, headers: { "X-CSRFToken": csrf, "HX-Request": "true" } });
}

export const byId = (id) => document.getElementById(id);

/**
 * Fill an element from the server. The element itself is the source, so that requests for one region wait for each
 * other (see `hx-sync`), while different regions load side by side.
 */
export const load = (url, target) => htmx.ajax("GET", url, { source: target, target, swap: "innerHTML" });
