/** A picture of the timeline in full, and the ones before and after it. */
import { byId } from "./data.js";

let pictures = [];
let at = 0;

function show(index) {
  at = (index + pictures.length) % pictures.length;
  const { href, dataset } = pictures[at];
  byId("lightbox-picture").src = href;
  byId("lightbox-picture").alt = dataset.picture;
  byId("lightbox-name").textContent = dataset.picture;
  byId("lightbox-file").href = href;
  byId("lightbox-file").download = dataset.picture;
  for (const button of byId("lightbox").querySelectorAll("[data-picture-step]")) button.hidden = pictures.length < 2;
}

export function start() {
  const box = byId("lightbox");
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-picture]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    pictures = [...document.querySelectorAll("#scroller a[data-picture]")];
    show(pictures.indexOf(link));
    box.showModal();
  });
  box.addEventListener("click", (event) => {
    const by = event.target.closest("[data-picture-step]");
    if (by) show(at + Number(by.dataset.pictureStep));
    if (event.target === box) box.close();
  });
  box.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) show(at + by);
  });
  box.addEventListener("close", () => byId("lightbox-picture").removeAttribute("src"));
}
