// One sentence's way: its pictures, what the maps show, and the quiz.

const data = readData();
// What is no number (a score of a token that is not seen) has no colour.
const numberOf = (text) => Number(text.replace("\u2212", "-")) || 0;
const valueOf = (cell) => numberOf(cell.textContent);

// The pictures are drawn from the tables: there is one source of every number.

function paintMaps() {
  for (const table of document.querySelectorAll("table.map")) {
    const top = numberOf(table.dataset.top) || 1;
    for (const cell of table.querySelectorAll("tbody td:not(.plain)")) {
      const colour = weightColour(valueOf(cell) / top);
      cell.style.background = `rgb(${colour.join(" ")})`;
      cell.style.color = inkOn(colour);
    }
  }
}

function paintStrips() {
  document.querySelectorAll(".strips").forEach(paintStrip);
}

function paintStrip(figure) {
  const top = numberOf(figure.dataset.top) || 1;
  const picture = figure.querySelector(".picture");
  const rows = [...byId(figure.dataset.table).tBodies[0].rows];
  const parts = figure.querySelector(".part-names");
  picture.replaceChildren(...(parts ? [make("span"), parts] : []), ...rows.flatMap((row) => {
    const name = row.cells[0].querySelector("bdi").cloneNode(true);
    const cells = [...row.cells].slice(1);
    const canvas = make("canvas", { width: 16 * cells.length, height: 1 });
    paintRow(canvas, cells.map((cell) => valueOf(cell) / top), Number(figure.dataset.part));
    canvas.addEventListener("pointermove", (event) => tellFeature(figure, canvas, name.textContent, cells, event));
    canvas.addEventListener("pointerleave", () => figure.querySelector(".readout").replaceChildren());
    return [name, canvas];
  }));
  const bar = figure.querySelector(".scale-bar");
  bar.style.background = `linear-gradient(to right, ${[-1, -0.5, 0, 0.5, 1].map(weightCss).join(", ")})`;
  figure.querySelector(".bar-low").textContent = `\u2212${figure.dataset.top}`;
  figure.querySelector(".bar-high").textContent = figure.dataset.top;
}

/** A stripe for each feature, and a gap after each part. */
function paintRow(canvas, shares, part) {
  const context = canvas.getContext("2d");
  shares.forEach((share, feature) => {
    context.fillStyle = weightCss(share);
    const ends = (feature + 1) % part === 0 && feature + 1 < shares.length;
    context.fillRect(16 * feature, 0, ends ? 11 : 16, 1);
  });
}

function tellFeature(figure, canvas, name, cells, event) {
  const box = canvas.getBoundingClientRect();
  const feature = Math.min(cells.length - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * cells.length)));
  figure.querySelector(".readout").replaceChildren(`feature ${feature + 1} of `, make("bdi", { text: name }), `: ${cells[feature].textContent}`);
}

// Scores or weights, and the layer.

function showMaps() {
  const what = document.querySelector('input[name="what"]:checked')?.value;
  if (!what) return;
  for (const frame of document.querySelectorAll(".map-frame")) frame.hidden = !frame.classList.contains(what);
  const layer = byId("layer")?.value;
  if (layer !== undefined) {
    for (const part of document.querySelectorAll("[data-layer]")) part.hidden = part.dataset.layer !== layer;
  }
  for (const scale of document.querySelectorAll(".map-scale")) {
    scale.textContent = what === "weights" ? "Colours run from 0 to 1." : `Colours run from \u2212${scale.dataset.top} to ${scale.dataset.top}, the largest size among these scores.`;
  }
}

// The quiz: the first answer to a question counts.

const answered = new Map();

function answer(group, button) {
  const number = Number(group.dataset.question);
  const right = data.answers[number];
  const isRight = Number(button.dataset.option) === right;
  if (!answered.has(number)) answered.set(number, isRight);
  for (const option of group.querySelectorAll("button")) {
    option.setAttribute("aria-pressed", option === button);
    option.classList.remove("wrong");
    option.classList.toggle("right", Number(option.dataset.option) === right);
  }
  if (!isRight) button.classList.add("wrong");
  tellVerdict(group, isRight, right);
  group.querySelector("details").hidden = true; // the verdict has said it
  const count = [...answered.values()].filter(Boolean).length;
  const left = data.answers.length - answered.size;
  byId("score").textContent = `${count} of ${answered.size} right at the first try${left ? `, ${left} to go` : ""}.`;
}

function tellVerdict(group, isRight, right) {
  const option = group.querySelectorAll("button")[right].cloneNode(true);
  const why = group.querySelector(".why").cloneNode(true);
  const lead = isRight ? ["Right. "] : ["Not so. The right answer: ", ...option.childNodes, ". "];
  group.querySelector(".verdict").replaceChildren(make("strong", {}, ...lead), ...why.childNodes);
}

function paint() {
  paintMaps();
  paintStrips();
}

for (const group of document.querySelectorAll(".question")) {
  for (const button of group.querySelectorAll("button")) button.addEventListener("click", () => answer(group, button));
}
for (const input of document.querySelectorAll('input[name="what"], #layer')) input.addEventListener("change", showMaps);
darkScheme.addEventListener("change", paint);
paint();
showMaps();
