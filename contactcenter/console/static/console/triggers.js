/**
 * Answers that come when what they were for has gone from the page: a live frame may take away an offer before the
 * answer to its acceptance comes, or fill the pane before the answer about its desk does. What the server asks for
 * (HX-Trigger) happens all the same, where htmx would tell only the button. But nothing is filled that cannot be seen:
 * the place for writing, which each desk takes over from the one before, would go with it.
 */
export function start({ missed }) {
  document.body.addEventListener("htmx:beforeRequest", ({ detail }) => {
    const { elt, xhr, target } = detail;
    xhr.addEventListener("readystatechange", () => {
      if (xhr.readyState !== XMLHttpRequest.DONE) return;
      const asked = !elt.isConnected && xhr.getResponseHeader("HX-Trigger");
      if (asked) {
        for (const [name, value] of Object.entries(JSON.parse(asked))) htmx.trigger(document.body, name, value instanceof Object ? value : { value });
      }
      if (target.isConnected) return;
      detail.shouldSwap = false; // htmx reads it here too
      missed(target.id);
    });
  });
}
