
// One sentence: what the model says about it, and where its heads look.

const given = readData();
let looked = given.looked ?? null;
let chosen = [0, 0];

const percent = (share) => (share > 0.9995 ? "> 99.9 %" : `${(100 * share).toFixed(1)} %`);

function drawHeads() {
  const layers = looked ? looked.weights : [];
  byId("looking").hidden = !layers.length;
  if (!layers.length) return;
  const known = layers.flatMap((heads, layer) => heads.map((_, head) => [layer, head]));
  if (!known.some(([layer, head]) => layer === chosen[0] && head === chosen[1])) chosen = [0, 0];
  const held = document.activeElement?.dataset?.head;
  byId("heads").replaceChildren(
    byId("heads").firstElementChild,
    ...known.map(([layer, head]) => headButton(layer, head, layers[layer][head])),
  );
  if (held) document.querySelector(`[data-head="${held}"]`)?.focus();
  drawMap();
}

function headButton(layer, head, weights) {
  const isChosen = layer === chosen[0] && head === chosen[1];
  const name = `${layer + 1}.${head + 1}`;
  const canvas = make("canvas", { width: weights.length, height: weights.length, "aria-hidden": "true" });
  paint(canvas, weights);
  const button = make("button", { type: "button", "data-head": name, "aria-pressed": String(isChosen), "aria-label": `head ${name}` }, canvas, make("span", { text: name }));
  button.addEventListener("click", () => {
    chosen = [layer, head];
    drawHeads();
  });
  return button;
}

function paint(canvas, weights) {
  const size = weights.length;
  const picture = new ImageData(size, size);
  weights.forEach((row, y) => row.forEach((weight, x) => {
    picture.data.set([...weightColour(weight), 255], 4 * (y * size + x));
  }));
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

function drawMap() {
  const [layer, head] = chosen;
  const weights = looked.weights[layer][head];
  byId("map-title").textContent = `Head ${head + 1} of layer ${layer + 1}`;
  const names = looked.tokens.map((token) => tokenElement(token));
  const top = make("tr", {}, make("td"), ...names.map((name) => make("th", { scope: "col" }, name)));
  const rows = weights.map((row, at) => make("tr", {}, make("th", { scope: "row" }, tokenElement(looked.tokens[at])), ...row.map(cell)));
  byId("map").replaceChildren(make("thead", {}, top), make("tbody", {}, ...rows));
}

function cell(weight) {
  const colour = weightColour(weight);
  const element = make("td", { text: weight.toFixed(2) });
  element.style.background = `rgb(${colour.join(" ")})`;
  element.style.color = inkOn(colour);
  return element;
}

/** One entry of the answer: the word, what is said of it, how probable that is. */
function entry(word, said, probability) {
  const parts = [make("b", { text: said }), make("small", { text: percent(probability) })];
  return make("li", {}, ...(word === null ? parts : [tokenElement(word), ...parts]));
}

function drawAnswer(row) {
  const isList = Array.isArray(row.prediction);
  const said = isList ? row.prediction : [row.prediction];
  const probabilities = isList ? row.probability : [row.probability];
  const words = row.words?.length === said.length ? row.words : null;
  const told = said.map((one, i) => {
    if (typeof one !== "string") return entry(one.text, one.label, probabilities[i]);
    return entry(words ? words[i] : null, one, probabilities[i]);
  });
  byId("said").replaceChildren(...(told.length ? told : [make("li", { text: "nothing" })]));
}

async function ask(path, question) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(question) });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.detail);
  return told;
}

/** Where the heads look in what has an answer, or why that is not shown. */
async function heads(question, words) {
  if (words > given.most_tokens) return { why: `Heads are shown of at most ${given.most_tokens} tokens.` };
  try {
    const looked = await ask("attention", question);
    return { looked, why: looked.weights.length ? "" : "The model has no attention layer: there are no heads to look at." };
  } catch (error) {
    if (error instanceof TypeError) throw error;
    return { why: error.message };
  }
}

const fields = () => [...byId("ask").querySelectorAll("input")];
let asked = 0;

/** Ask about the sentence as it stands; an answer that comes after a newer question is dropped. */
async function update() {
  const number = (asked += 1);
  const question = Object.fromEntries(fields().map((field) => [field.id, field.value]));
  byId("said").classList.add("is-old");
  let fault = "";
  try {
    const { rows: [row] } = await ask("predict", { rows: [question] });
    if (number !== asked) return;
    fault = row.error ?? "";
    if (!fault) {
      drawAnswer(row);
      byId("said").classList.remove("is-old");
    }
    const found = fault ? { why: "" } : await heads(question, row.words?.length ?? 0);
    if (number !== asked) return;
    looked = found.looked ?? null;
    drawHeads();
    byId("no-heads").hidden = !found.why;
    byId("no-heads").textContent = found.why;
  } catch (error) {
    if (number !== asked) return;
    fault = error instanceof TypeError ? "the server does not answer: is it still running?" : error.message;
  }
  byId("fault").hidden = !fault;
  byId("fault").textContent = fault;
}

const WAIT = 150; // milliseconds without a key, before it asks

if (byId("ask")) {
  let timer = 0;
  byId("ask").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(update, WAIT);
  });
  byId("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    update();
  });
  update();
} else {
  drawHeads();
}
darkScheme.addEventListener("change", () => looked && drawHeads());
