/** What Ctrl K offers to do: all that has a button on the page, and what has none. Nothing is listed that does not work. */
import { byId, icon, load, say } from "./data.js";
import { actions } from "./keys.js";
import { set, settings } from "./preferences.js";

/** What a control says: its name for those who cannot see it, else its words without counts and keys. */
function labelOf(control) {
  if (control.dataset.label) return control.dataset.label;
  if (control.ariaLabel) return control.ariaLabel;
  const copy = control.cloneNode(true);
  copy.querySelectorAll(".kbd, small, .count, .vh, .chip").forEach((part) => part.remove());
  return copy.textContent.replace(/\s+/g, " ").trim() || control.title;
}

const click = (control) => () => control.click();
const fromControls = (selector, group) =>
  [...document.querySelectorAll(selector)]
    .filter((control) => !control.disabled && labelOf(control))
    .map((control) => ({ label: labelOf(control), group, icon: control.querySelector("svg"), key: control.dataset.command, run: click(control) }));

function openConversation() {
  if (!byId("open")?.dataset.conversation) return [];
  const buttons = fromControls("#main [data-command], #context [data-command]", say("this_conversation"));
  const writing = [["reply", "send"], ["note", "note"]]
    .filter(([mode]) => document.querySelector(`form.composer [name="mode"][value="${mode}"]:not(:disabled)`))
    .map(([mode, look]) => ({ label: say(mode), group: say("this_conversation"), icon: icon(look), key: mode, run: actions[mode] }));
  const all = [...writing, ...buttons, ...fromControls("#pane-menu [data-print]", say("this_conversation"))];
  return all.filter((command, at) => all.findIndex(({ label }) => label === command.label) === at);
}

function looks() {
  const group = say("settings");
  const themes = { light: "sun", dark: "moon", auto: "screen" };
  return [
    ...Object.entries(themes).map(([theme, look]) => ({ label: say(`theme_${theme}`), group, icon: icon(look), run: () => set("theme", theme) })),
    ...["cosy", "compact"].map((density) => ({ label: say(`density_${density}`), group, icon: icon("sort"), run: () => set("density", density) })),
  ].filter(({ label }) => label !== say(`theme_${settings.theme}`) && label !== say(`density_${settings.density}`));
}

/** All of it, as the page stands now. */
export function collect() {
  const helpSheet = { label: say("shortcuts"), group: "", icon: icon("keypad"), key: "help", run: () => load("/console/shortcuts/", "#dialog") };
  return [
    ...openConversation(),
    ...fromControls("#offers [data-command]", say("offer")),
    ...fromControls("#tabs a[data-tab]", say("view")),
    ...fromControls("#views-panel a[data-query]", say("view")),
    ...fromControls("#list [data-command]", say("view")),
    ...fromControls("#start-shift", ""),
    ...fromControls("#status-menu > .panel > button", say("status")),
    ...fromControls("#nav a", say("go_to")),
    helpSheet,
    ...looks(),
    ...fromControls('#status-menu > .panel > a, #status-menu > .panel [hx-target="#dialog"]', say("account")),
  ].filter((command, at, all) => all.findIndex(({ label, group }) => label === command.label && group === command.group) === at);
}
