/* Files on their way: how much of each has gone, and a way to stop it. */

import { act } from "./acts.js";
import { fileSize, t } from "./dom.js";
import { link } from "./link.js";
import { problem, show } from "./screen.js";
import { config, state } from "./state.js";

/** Send a file ahead of its message. It stands below the messages until that is sent. */
export function upload(given) {
  problem(given.size > config.most_bytes ? `${given.name}: ${t("file_limit")}` : "");
  if (given.size > config.most_bytes) return;
  const request = new XMLHttpRequest();
  const file = { name: given.name || "image.png", type: given.type, size: given.size, share: 0, stop: () => request.abort() };
  state.files.push(file);
  show();
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    file.share = Math.round((loaded / total) * 50) / 50;
    show();
  });
  request.addEventListener("load", () => settle(file, request));
  request.addEventListener("error", () => fail(file, t("no_connection")));
  const body = new FormData();
  body.append("file", given, file.name);
  const [address, headers] = link.address("files/");
  request.open("POST", address);
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  request.send(body);
}

function settle(file, request) {
  let answer = {};
  try { answer = JSON.parse(request.responseText); } catch { /* no words of ours */ }
  if (request.status < 300 && answer.id) {
    Object.assign(file, answer, { stop: null });
    if (state.isSending) act.sendTyped();
    else show();
  } else fail(file, answer.text || t("no_connection"));
}

function fail(file, words) {
  state.isSending = false;
  state.files = state.files.filter((other) => other !== file);
  problem(`${file.name} (${fileSize(file.size)}): ${words}`);
  show();
}
