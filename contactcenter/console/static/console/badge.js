/** How much waits for one's eyes: in the title, on the tab's icon, on the inbox. */
import { byId } from "./data.js";

const COUNTED = /^\(\d+\+?\) /;
const link = document.querySelector('link[rel="icon"]');
const plain = link.href;
const title = document.querySelector("title");
let shown = 0;

/** The product's mark with a red number, as a picture in the address of the icon. */
function picture(count) {
  const text = count > 9 ? "9+" : String(count);
  const drawn = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="9" fill="#0b5cad"/>
<path d="M7 19v-3a9 9 0 0 1 18 0v3" fill="none" stroke="#fff" stroke-width="2.4"/><circle cx="21" cy="11" r="10.5" fill="#b3261e"/>
<text x="21" y="16" font-family="Arial, sans-serif" font-size="${text.length > 1 ? 12 : 15}" font-weight="700" text-anchor="middle" fill="#fff">${text}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(drawn)}`;
}

function write() {
  const words = title.textContent.replace(COUNTED, "");
  const wanted = shown ? `(${shown}) ${words}` : words;
  if (title.textContent !== wanted) title.textContent = wanted;
}

export function show(count) {
  if (count === shown) return;
  shown = count;
  write();
  link.href = count ? picture(count) : plain;
  const mark = byId("badge");
  mark.textContent = count;
  mark.hidden = !count;
}

export function start() {
  // Whoever names the page anew keeps the number.
  new MutationObserver(write).observe(title, { childList: true });
}
