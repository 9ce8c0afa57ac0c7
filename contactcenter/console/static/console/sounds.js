/** Sounds, made here: no files. Each has its tune, its volume and its loudspeaker. */
import { settings } from "./preferences.js";

// [pitch in Hz, begins at, lasts for] in seconds.
const TUNES = {
  live_offer: [[659, 0, 0.16], [880, 0.18, 0.22], [659, 0.5, 0.16], [880, 0.68, 0.3]],
  offer: [[587, 0, 0.14], [784, 0.16, 0.26]],
  reply: [[880, 0, 0.08], [1175, 0.1, 0.16]],
  mention: [[988, 0, 0.08], [988, 0.14, 0.08], [1319, 0.28, 0.22]],
};
const contexts = new Map();
let unlock = () => {};

/** Resolved once somebody has touched the page: before that browsers keep it silent. */
export const unlocked = new Promise((resolve) => (unlock = resolve));
export const canChooseDevice = "AudioContext" in self && "setSinkId" in AudioContext.prototype;

/** Loudspeakers whose names the browser tells. */
export async function devices() {
  const found = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return found.filter((device) => device.kind === "audiooutput" && device.label && device.deviceId !== "default");
}

/** Ask to be told their names. Rejects when that is not allowed. */
export async function findDevices() {
  const media = navigator.mediaDevices;
  if (media?.selectAudioOutput) await media.selectAudioOutput();
  else for (const track of (await media.getUserMedia({ audio: true })).getTracks()) track.stop();
  return devices();
}

/** Names are kept, since the ids differ from browser to browser; one that is not there is the computer's own. */
async function contextFor(name) {
  if (contexts.has(name)) return contexts.get(name);
  const context = new AudioContext();
  contexts.set(name, context);
  if (name && canChooseDevice) {
    const device = (await devices()).find(({ label }) => label === name);
    if (device) await context.setSinkId(device.deviceId).catch(() => {});
  }
  return context;
}

export async function play(kind, { volume, device } = settings.sounds[kind]) {
  if (!volume || !("AudioContext" in self)) return;
  const context = await contextFor(device || settings.device);
  await context.resume();
  for (const [pitch, begins, lasts] of TUNES[kind]) {
    const from = context.currentTime + begins;
    const tone = new OscillatorNode(context, { type: "triangle", frequency: pitch });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.linearRampToValueAtTime(volume * 0.5, from + 0.015);
    gain.gain.setValueAtTime(volume * 0.5, from + lasts * 0.6);
    gain.gain.linearRampToValueAtTime(0, from + lasts);
    tone.connect(gain).connect(context.destination);
    tone.start(from);
    tone.stop(from + lasts);
  }
}

export function start() {
  const touched = () => {
    removeEventListener("pointerdown", touched, true);
    removeEventListener("keydown", touched, true);
    if ("AudioContext" in self) contextFor("").then((context) => context.resume()).then(unlock);
    else unlock();
  };
  addEventListener("pointerdown", touched, true);
  addEventListener("keydown", touched, true);
  navigator.mediaDevices?.addEventListener?.("devicechange", () => contexts.clear());
}
