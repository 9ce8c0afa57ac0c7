/** One, two or three columns: where the focus goes when the details or the list come to the front. */
import { byId } from "./data.js";

let opener = null;

const isDrawer = () => matchMedia("(max-width: 1100px)").matches;

function moved() {
  const view = byId("app").dataset.view;
  for (const button of document.querySelectorAll(".drawer-open")) button.setAttribute("aria-expanded", String(view === "context"));
  if (!isDrawer()) return;
  if (view === "context") {
    opener = document.activeElement;
    (document.querySelector(".ctx .drawer-close") ?? byId("context")).focus();
  } else if (opener?.isConnected) {
    opener.focus();
    opener = null;
  }
}

export function start() {
  byId("context").tabIndex = -1;
  new MutationObserver(moved).observe(byId("app"), { attributeFilter: ["data-view"] });
}
