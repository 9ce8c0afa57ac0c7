/** One, two or three columns: where the focus goes when the details or the list come to the front. */
import { byId } from "./data.js";

let opener = null;

const isDrawer = () => matchMedia("(max-width: 1100px)").matches;

const enter = () => (document.querySelector(".ctx .drawer-close") ?? byId("context")).focus();

/** The details have come, or have come again and taken the focus with them. */
function refilled() {
  const isNowhere = [document.body, byId("context")].includes(document.activeElement);
  if (byId("app").dataset.view === "context" && isDrawer() && isNowhere) enter();
}

function moved() {
  const view = byId("app").dataset.view;
  for (const button of document.querySelectorAll(".drawer-open")) button.setAttribute("aria-expanded", String(view === "context"));
  if (!isDrawer()) return;
  if (view === "context") {
    opener = document.activeElement;
    enter();
  } else if (opener) {
    (opener.isConnected ? opener : byId(opener.id))?.focus(); // a live frame may have brought another in its place
    opener = null;
  }
}

/**
 * Who stands beside the pane, told to the style by attributes: a `:has()` of the whole app would have the style of ten
 * thousand rows looked at again for each that moves.
 */
function beside() {
  byId("app").toggleAttribute("data-alone", !byId("context").hasChildNodes());
  byId("app").toggleAttribute("data-consulting", byId("consult")?.querySelector(".consult") != null);
}

export function start() {
  byId("context").tabIndex = -1;
  beside();
  const observer = new MutationObserver(beside);
  observer.observe(byId("context"), { childList: true });
  observer.observe(byId("pane"), { childList: true, subtree: true });
  document.body.addEventListener("htmx:afterSettle", refilled);
  new MutationObserver(moved).observe(byId("app"), { attributeFilter: ["data-view"] });
}
