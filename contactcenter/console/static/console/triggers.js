/**
 * What the server asks for with an answer (HX-Trigger) happens although the button has gone from the page meanwhile:
 * a live frame may take away an offer before the answer to its acceptance comes, and htmx tells only the button.
 */
export function start() {
  document.body.addEventListener("htmx:beforeRequest", ({ detail: { elt, xhr } }) => {
    xhr.addEventListener("readystatechange", () => {
      const asked = xhr.readyState === XMLHttpRequest.DONE && !elt.isConnected && xhr.getResponseHeader("HX-Trigger");
      if (!asked) return;
      for (const [name, value] of Object.entries(JSON.parse(asked))) htmx.trigger(document.body, name, value instanceof Object ? value : { value });
    });
  });
}
