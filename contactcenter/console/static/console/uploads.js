/** Files for a message that is being written: by button, drop or paste, with progress and a way to take them back. */
import { byId, csrf, icon, post, say } from "./data.js";
import { toast } from "./toasts.js";

export class Uploads {
  /** `limits()` tells what the chosen channel takes: {files, bytes, size, name}. */
  constructor(form, limits) {
    this.form = form;
    this.limits = limits;
    this.list = form.querySelector("[data-files]");
    // item of the list -> {name, id}; without an id it is on its way.
    this.files = new Map();
    const input = form.querySelector('input[type="file"]');
    input.addEventListener("change", () => {
      this.add(input.files);
      input.value = "";
    });
    form.addEventListener("paste", (event) => event.clipboardData.files.length && this.add(event.clipboardData.files));
  }

  /** {id, name} of all that have arrived. */
  get done() {
    return [...this.files.values()].filter(({ id }) => id).map(({ id, name }) => ({ id, name }));
  }

  get isBusy() {
    return [...this.files.values()].some(({ id }) => !id);
  }

  /** What may be attached, said before anybody tries. */
  get words() {
    const { files, size, name } = this.limits();
    return files ? say("file_limits", files, size) : say("no_files", name);
  }

  /** Files that the server has already; those shown stay as they are. */
  adopt(files) {
    const shown = new Set([...this.files.values()].map(({ id }) => id));
    for (const { id, name } of files) if (!shown.has(id)) this.show(name, id);
  }

  add(files) {
    for (const file of files) {
      const { files: most, bytes } = this.limits();
      if (this.files.size >= most || file.size > bytes) toast(this.words, "bad");
      else this.upload(file);
    }
  }

  /** They belong to a message now. */
  clear() {
    this.files.clear();
    this.list.replaceChildren();
  }

  /** They are not wanted any more. */
  discard() {
    for (const { id } of this.files.values()) if (id) forget(id);
    this.clear();
  }

  show(name, id = "") {
    const item = document.createElement("li");
    item.className = "chip";
    const words = document.createElement("span");
    words.className = "cut";
    words.textContent = name;
    const remove = button(`${say("remove")}: ${name}`, "close");
    remove.addEventListener("click", () => this.drop(item));
    item.append(words, remove);
    this.list.append(item);
    this.files.set(item, { name, id });
    return item;
  }

  drop(item) {
    const file = this.files.get(item);
    file.request?.abort();
    if (file.id) forget(file.id);
    this.files.delete(item);
    item.remove();
    this.form.querySelector("textarea").focus();
  }

  upload(file) {
    const item = this.show(file.name);
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.setAttribute("aria-label", `${say("uploading")}: ${file.name}`);
    item.lastChild.before(bar);
    const request = new XMLHttpRequest();
    this.files.get(item).request = request;
    request.upload.addEventListener("progress", (event) => (bar.value = event.loaded / event.total));
    request.addEventListener("load", () => {
      const said = request.response ?? {};
      if (request.status === 201) {
        bar.remove();
        if (this.files.has(item)) this.files.get(item).id = said.id;
      } else if (said.code) {
        toast(said.text, "bad");
        this.drop(item);
      } else this.again(item, bar, file);
    });
    request.addEventListener("error", () => this.again(item, bar, file));
    const body = new FormData();
    body.append("file", file);
    request.open("POST", `${this.form.dataset.url}files/`);
    request.responseType = "json";
    request.setRequestHeader("X-CSRFToken", csrf);
    request.send(body);
  }

  /** It did not arrive; the file is still here for another try. */
  again(item, bar, file) {
    bar.remove();
    item.classList.add("bad");
    const retry = button(`${say("again")}: ${file.name}`, "refresh");
    retry.addEventListener("click", () => {
      this.drop(item);
      this.upload(file);
    });
    item.lastChild.before(retry);
  }
}

const forget = (id) => post(`/files/${id}/discard/`, {}).catch(() => {});

function button(label, look) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn quiet sq sm";
  made.setAttribute("aria-label", label);
  made.title = label;
  made.append(icon(look, "s"));
  return made;
}

/** Files dropped anywhere on the open conversation go to its composer. */
export function startDropping(current) {
  let inside = 0;
  const hide = () => {
    inside = 0;
    if (byId("drop")) byId("drop").hidden = true;
  };
  const isFiles = (event) => current() && event.dataTransfer?.types.includes("Files") && event.target.closest?.("#pane");
  document.addEventListener("dragenter", (event) => {
    if (!isFiles(event)) return;
    inside += 1;
    byId("drop").hidden = false;
    byId("drop").querySelector("[data-limits]").textContent = current().uploads.words;
  });
  document.addEventListener("dragleave", (event) => isFiles(event) && --inside <= 0 && hide());
  // Beside the pane a dropped file would replace the page.
  document.addEventListener("dragover", (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (isFiles(event)) current().uploads.add(event.dataTransfer.files);
    hide();
  });
}
