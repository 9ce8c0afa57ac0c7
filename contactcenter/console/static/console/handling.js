/** Handling: words beside the timeline, the choice of a disposition, the dialogs of transfer and merge, editing in place. */
import { byId, load } from "./data.js";
import * as pane from "./pane.js";

const NEAR_END = 80;

/** The newest word is seen, unless one reads further up. */
function toEnd(scroller, force = false) {
  if (scroller && (force || scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END)) scroller.scrollTop = scroller.scrollHeight;
}

/** An html frame: something was said beside the timeline that is open. */
export function take(frame) {
  if (frame.conversation !== pane.current() || !byId("consult-log") || !frame.html.includes("data-consult")) return;
  load(`/console/c/${frame.conversation}/consult/log/`, "#consult-log");
}

function startConsult() {
  // The same click twice is one word: the id lives until the word has been taken.
  document.body.addEventListener("htmx:configRequest", (event) => {
    const form = event.detail.elt;
    if (!form.matches?.("[data-consult-say]")) return;
    form.elements.client_id.value ||= crypto.randomUUID();
    event.detail.parameters.set("client_id", form.elements.client_id.value);
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (!form.matches?.("[data-consult-say]") || !event.detail.successful) return;
    form.reset();
    form.elements.client_id.value = "";
    toEnd(byId("consult-scroll"), true);
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (["consult-log", "consult"].includes(event.detail.target?.id)) toEnd(byId("consult-scroll"), event.detail.target.id === "consult");
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("[data-consult-say]");
    if (!form || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

const shownChoices = (box) => [...box.querySelectorAll("label.pick:not([hidden]) input")];

/** Branches are shown while something beneath them is. */
function filterChoices(box, text) {
  const wanted = text.trim().toLocaleLowerCase();
  const leaves = [...box.querySelectorAll("label.pick")];
  for (const leaf of leaves) leaf.hidden = !leaf.dataset.path.toLocaleLowerCase().includes(wanted);
  for (const branch of box.querySelectorAll(".branch")) branch.hidden = !leaves.some((leaf) => !leaf.hidden && leaf.dataset.path.startsWith(`${branch.dataset.path} `));
  box.querySelector("[data-nothing]").hidden = leaves.some((leaf) => !leaf.hidden);
}

function choose(box, input, { close }) {
  box.querySelector("#disposition-chosen").textContent = input.closest("label").dataset.path;
  if (!close) return;
  box.open = false;
  box.querySelector("summary").focus();
}

function startChoice() {
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-choose-filter]")) filterChoices(event.target.closest("[data-choose]"), event.target.value);
  });
  document.addEventListener("change", (event) => {
    const box = event.target.closest("[data-choose]");
    if (box && event.target.type === "radio") choose(box, event.target, { close: false });
  });
  // A click decides; by keyboard the arrows walk through and Enter or Escape goes back to the form.
  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-choose]");
    if (box && event.target.matches("input[type=radio]") && event.detail > 0) choose(box, event.target, { close: true });
  });
  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.("[data-choose][open]");
    if (!box || !["Enter", "Escape", "ArrowDown"].includes(event.key)) return;
    const choices = shownChoices(box);
    if (event.key === "ArrowDown") {
      if (!event.target.matches("[data-choose-filter]") || !choices.length) return;
      choices[0].focus();
      choices[0].click();
    } else if (event.key === "Enter") {
      if (event.target.matches("summary")) return;
      const chosen = choices.find((input) => input.checked) ?? choices[0];
      if (chosen) {
        chosen.checked = true;
        choose(box, chosen, { close: true });
      }
    } else {
      box.open = false;
      box.querySelector("summary").focus();
      event.stopPropagation();
    }
    event.preventDefault();
  }, true);
  document.addEventListener("toggle", (event) => {
    if (event.target.matches("[data-choose][open]")) event.target.querySelector("[data-choose-filter]").focus();
  }, true);
}

function startDialogs() {
  document.addEventListener("change", (event) => {
    const transfer = event.target.closest("[data-transfer]");
    // A queue cannot be asked.
    if (transfer && event.target.name === "target") transfer.querySelector("[data-ask]").disabled = !event.target.value.startsWith("agent:");
    const merge = event.target.closest("[data-merge]");
    if (merge && event.target.name === "kept") merge.querySelectorAll("span[data-way]").forEach((way) => (way.textContent = event.target.dataset.way));
  });
}

function startEditing() {
  const shut = () => byId("edit-bar")?.replaceChildren();
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-edit-cancel]")) shut();
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.matches?.("[data-edit-bar]") && event.detail.successful) shut();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !event.target.closest?.("[data-edit-bar]")) return;
    event.stopPropagation();
    shut();
    document.querySelector('#pane-head [data-command="subject"]')?.focus();
  }, true);
}

/** The head is not changed under its open menu, where the click would be lost; it is when the menu closes. */
function startMenu() {
  let isSpared = false;
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (event.detail.target.id !== "pane-head" || !event.detail.target.querySelector("#pane-menu[open]")) return;
    event.detail.shouldSwap = false;
    isSpared = true;
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#pane-menu .panel :is(button, a)")) byId("pane-menu").open = false;
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.id !== "pane-menu" || event.target.open || !isSpared) return;
    isSpared = false;
    pane.refreshDesk(pane.current());
  }, true);
}

export function start() {
  startMenu();
  startConsult();
  startChoice();
  startDialogs();
  startEditing();
}
