/** The home page of admin reads itself anew, as long as somebody looks at it. */
const EVERY = 15000;
const home = document.getElementById("home");

setInterval(async () => {
  // Who stands on a link with the keyboard keeps it.
  if (document.hidden || home.contains(document.activeElement)) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("home");
  if (fresh) home.replaceChildren(...fresh.childNodes);
}, EVERY);
