/* A voice message: recorded here, sent as a file. */

import { t } from "./dom.js";
import { upload } from "./files.js";
import { problem, show } from "./screen.js";
import { state } from "./state.js";

const MOST_SECONDS = 300;
const KINDS = [["audio/webm;codecs=opus", "webm"], ["audio/mp4", "m4a"]];

/** Ask for the microphone and record until somebody finishes, drops it or five minutes are over. */
export async function record() {
  if (state.files.some((file) => file.seconds !== undefined)) return;
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    problem(t("no_microphone"));
    return;
  }
  problem("");
  const [type, ending] = KINDS.find(([kind]) => MediaRecorder.isTypeSupported(kind)) || ["", "webm"];
  const recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
  const parts = [];
  const file = { name: t("voice_message"), size: 0, seconds: 0 };
  const clock = setInterval(() => {
    file.seconds += 1;
    if (file.seconds >= MOST_SECONDS) file.finish();
    show();
  }, 1000);
  const end = () => {
    clearInterval(clock);
    for (const track of stream.getTracks()) track.stop();
    state.files = state.files.filter((other) => other !== file);
  };
  file.stop = () => {
    recorder.onstop = null;
    recorder.stop();
    end();
  };
  file.finish = () => recorder.state === "recording" && recorder.stop();
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.onstop = () => {
    end();
    const kind = (type || recorder.mimeType).split(";")[0];
    upload(new File(parts, `voice.${ending}`, { type: kind }));
    show();
  };
  recorder.start();
  state.files.push(file);
  show();
}
