/** Files for a message that is being written: by button, drop or paste, with progress and a way to take them back. */
import { csrf, say } from "./data.js";
import { toast } from "./toasts.js";

const MOST_BYTES = 10 * 1024 * 1024;

export class Uploads {
  constructor(form) {
    this.form = form;
    this.list = form.querySelector("[data-files]");
    this.files = new Map();
    const input = form.querySelector('input[type="file"]');
    input.addEventListener("change", () => {
      this.add(input.files);
      input.value = "";
    });
    form.addEventListener("dragover", (event) => {
      event.preventDefault();
      form.classList.add("over-pane");
    });
    form.addEventListener("dragleave", () => form.classList.remove("over-pane"));
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      form.classList.remove("over-pane");
      this.add(event.dataTransfer.files);
    });
    form.addEventListener("paste", (event) => event.clipboardData.files.length && this.add(event.clipboardData.files));
  }

  get ids() {
    return [...this.files.values()].map((file) => file.id).filter(Boolean);
  }

  get names() {
    return [...this.files.values()].map((file) => file.name);
  }

  get isBusy() {
    return [...this.files.values()].some((file) => !file.id);
  }

  add(files) {
    for (const file of files) {
      if (file.size > MOST_BYTES) toast(say("too_big"), "bad");
      else this.upload(file);
    }
  }

  clear() {
    this.files.clear();
    this.list.replaceChildren();
  }

  upload(file) {
    const item = document.createElement("li");
    item.className = "chip";
    const name = document.createElement("span");
    name.className = "cut";
    name.textContent = file.name;
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.setAttribute("aria-label", say("uploading"));
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn quiet sm";
    button.textContent = "×";
    button.setAttribute("aria-label", `${say("remove")}: ${file.name}`);
    item.append(name, bar, button);
    this.list.append(item);
    this.files.set(item, { name: file.name, id: "" });
    const request = new XMLHttpRequest();
    const drop = () => {
      this.files.delete(item);
      item.remove();
    };
    button.addEventListener("click", () => {
      request.abort();
      drop();
    });
    request.upload.addEventListener("progress", (event) => (bar.value = event.loaded / event.total));
    request.addEventListener("load", () => {
      const said = request.response ?? {};
      if (request.status === 201 && this.files.has(item)) {
        this.files.get(item).id = said.id;
        bar.remove();
      } else {
        toast(said.text ?? say("failed"), "bad");
        drop();
      }
    });
    request.addEventListener("error", () => {
      toast(say("failed"), "bad");
      drop();
    });
    const body = new FormData();
    body.append("file", file);
    request.open("POST", this.form.dataset.uploadUrl);
    request.responseType = "json";
    request.setRequestHeader("X-CSRFToken", csrf);
    request.send(body);
  }
}
