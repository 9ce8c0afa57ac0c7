/** The settings page: sounds to try, loudspeakers, the browser's permission, keys. The form saves itself. */
import { byId, post, say } from "./data.js";
import { keyOf } from "./keys.js";
import * as sounds from "./sounds.js";
import { toast } from "./toasts.js";

const ALONE = new Set(["Shift", "Control", "Alt", "Meta"]);
let asking = null;

async function listDevices(found) {
  const names = (found ?? (await sounds.devices())).map(({ label }) => label);
  for (const select of document.querySelectorAll("#settings select[data-device]")) {
    const chosen = select.value || select.dataset.device;
    const all = [...new Set([...names, chosen].filter(Boolean))];
    select.replaceChildren(select.options[0], ...all.map((name) => new Option(name, name, false, name === chosen)));
    const field = select.closest(".device");
    if (field) field.hidden = !all.length;
  }
}

function showPermission() {
  const state = "Notification" in self ? Notification.permission : "none";
  byId("allowed").textContent = byId("allowed").dataset[state];
  byId("allow").hidden = state !== "default";
}

function trySound(kind) {
  const form = byId("settings").elements;
  sounds.play(kind, { volume: form[`volume_${kind}`].value / 100, device: form[`device_${kind}`].value || form.device.value });
}

function stopAsking() {
  if (!asking) return;
  asking.firstElementChild.textContent = asking.dataset.was;
  asking.classList.remove("primary");
  asking = null;
}

function ask(button) {
  stopAsking();
  byId("key-error").textContent = "";
  asking = button;
  button.dataset.was = button.firstElementChild.textContent;
  button.firstElementChild.textContent = byId("key-table").dataset.press;
  button.classList.add("primary");
}

async function change(fields) {
  const table = byId("key-table");
  const answer = await post(table.dataset.url, fields).catch(() => null);
  if (!answer) {
    toast(say("failed"), "bad");
    return;
  }
  if (!answer.ok) {
    byId("key-error").textContent = (await answer.json()).text;
    return;
  }
  const events = JSON.parse(answer.headers.get("HX-Trigger"));
  table.innerHTML = await answer.text();
  for (const [name, detail] of Object.entries(events)) document.body.dispatchEvent(new CustomEvent(name, { detail }));
  table.querySelector(`[data-remap="${fields.action}"]`)?.focus();
}

function pressed(event) {
  if (!asking || ALONE.has(event.key)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const action = asking.dataset.remap;
  stopAsking();
  if (event.key !== "Escape" && event.key !== "Tab") change({ action, key: keyOf(event) });
}

function clicked({ target }) {
  const sound = target.closest("[data-try]");
  const remap = target.closest("[data-remap]");
  if (sound) trySound(sound.dataset.try);
  else if (remap) ask(remap);
  else if (target.closest("#key-reset")) change({ reset: "1" });
  else if (target.closest("#allow")) Notification.requestPermission().then(showPermission);
  else if (target.closest("#find-devices")) sounds.findDevices().then(listDevices, () => toast(say("no_devices"), "warn"));
}

export function start() {
  // Before the shortcuts hear it: a key that is being chosen does nothing else.
  document.addEventListener("keydown", pressed, true);
  // The address of this page is not a conversation's: coming back to it loads it.
  addEventListener("popstate", (event) => {
    if (!/^\/console\/(settings|search)\/$/.test(location.pathname)) return;
    event.stopImmediatePropagation();
    location.reload();
  });
  if (!byId("settings")) return;
  document.addEventListener("click", clicked);
  if (!sounds.canChooseDevice) byId("devices").hidden = true;
  listDevices();
  showPermission();
  if (location.hash === "#keys") byId("keys").focus();
}
