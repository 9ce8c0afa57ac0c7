// The table of skills: digits set a level, arrows move, and only the changed cells are sent with what was shown.

const form = document.getElementById("cc-matrix-form");
const cells = [...form.querySelectorAll("input[data-cell]")];
const width = form.querySelectorAll("thead th").length - 1;
const state = form.querySelector("[data-unsaved]");
const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -width, ArrowDown: width, Enter: width };

const levelOf = (cell) => Number(cell.value || 0);
const wasOf = (cell) => Number(cell.dataset.was);
const changed = () => cells.filter((cell) => levelOf(cell) !== wasOf(cell));

function mark(cell) {
  cell.dataset.level = levelOf(cell);
  cell.toggleAttribute("data-changed", levelOf(cell) !== wasOf(cell));
}

function count() {
  const number = changed().length;
  state.textContent = number ? `${state.dataset.unsaved} ${number}` : "";
  for (const button of form.querySelectorAll("button")) button.hidden = !number;
}

for (const cell of cells) cell.dataset.was = cell.dataset.level;
form.addEventListener("focusin", (event) => event.target.select?.());
form.addEventListener("input", (event) => {
  const cell = event.target;
  if (!/^[0-5]?$/.test(cell.value)) cell.value = wasOf(cell) || "";
  if (cell.value === "0") cell.value = "";
  mark(cell);
  count();
});
form.addEventListener("keydown", (event) => {
  const place = cells.indexOf(event.target);
  if (place < 0 || !(event.key in moves)) return;
  event.preventDefault();
  cells[place + moves[event.key]]?.focus();
});
form.addEventListener("reset", () =>
  setTimeout(() => {
    cells.forEach(mark);
    count();
  }),
);
form.addEventListener("submit", () => {
  const rows = changed().map((cell) => [...cell.dataset.cell.split(",").map(Number), wasOf(cell), levelOf(cell)]);
  form.elements.cells.value = JSON.stringify(rows);
  cells.forEach((cell) => cell.toggleAttribute("data-changed", false));
});
addEventListener("beforeunload", (event) => {
  if (form.querySelector("[data-changed]")) event.preventDefault();
});
