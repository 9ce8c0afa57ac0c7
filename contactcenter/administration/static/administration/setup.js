/** The first start: copies the snippet, proposes the browser's time zone, watches for what comes from outside. */
const EVERY = 2000;

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const source = document.querySelector(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = button.dataset.done;
    } catch {
      // No permission, or no https: marked, it is copied by hand.
      getSelection().selectAllChildren(source);
    }
  });
}

const zone = document.querySelector("[data-time-zone] select");
if (zone) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...zone.options].some((option) => option.value === own)) zone.value = own;
}

for (const place of document.querySelectorAll("[data-watch]")) {
  setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(place.dataset.watch).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const markup = await answer.text();
    // Unchanged words are not read out again.
    if (markup !== place.dataset.shown) place.innerHTML = place.dataset.shown = markup;
  }, EVERY);
}
document.querySelector('[aria-invalid="true"]')?.focus();
