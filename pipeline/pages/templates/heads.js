// The heads: what is chosen, the weights behind it, and every picture and table of them.

const data = readData();
const SEEN = 0.02; // a weaker line is not drawn
const IN_A_ROW = 6; // heads of a layer beside each other
const NEAREST = 3; // places that the sentence below the pictures names

const [firstLayer, firstHead] = data.opens_on.map((number) => number - 1); // worth most
const chosen = { sentence: 0, layer: firstLayer, head: firstHead, epoch: data.epochs.indexOf(data.kept), word: null, mode: "raw", top: 1 };
let hovered = null; // a word under the pointer, shown instead of the chosen one

function start() {
  for (const sentence of data.sentences) {
    sentence.raw = bytesOf(sentence.raw);
    sentence.effective = new Int8Array(bytesOf(sentence.effective).buffer);
  }
  readAddress();
  makeControls();
  makeVerdicts();
  makeHeads();
  makeMeasures();
  drawAll();
  darkScheme.addEventListener("change", drawAll);
  addEventListener("hashchange", () => { readAddress(); drawAll(); });
  addEventListener("resize", drawHead);
}

function bytesOf(packed) {
  const text = atob(packed);
  return Uint8Array.from({ length: text.length }, (_, place) => text.charCodeAt(place));
}

// Weights.

const sentence = () => data.sentences[chosen.sentence];
const isEffective = () => chosen.mode === "effective";

/** A function of query and key for one head of what is chosen. */
function weightsOf(layer, head) {
  const size = sentence().tokens.length;
  const place = layer * data.heads + head;
  if (isEffective()) {
    const start = place * size * size;
    return (query, key) => sentence().effective[start + query * size + key] / 127;
  }
  const start = (chosen.epoch * data.layers * data.heads + place) * size * size;
  return (query, key) => sentence().raw[start + query * size + key] / 255;
}

const colour = (weight) => weightColour(weight / chosen.top);
const figure = (weight) => weight.toFixed(2).replace("-0.00", "0.00").replace("-", "−");
const quoted = (token) => make("span", {}, "“", tokenElement(token), "”");
const shownWord = () => hovered ?? chosen.word;

// What is chosen, and the address that keeps it.

const ADDRESS = { sentence: 1, layer: 1, head: 1, word: 1, epoch: 0, mode: 0, top: 0 };

function choose(change) {
  Object.assign(chosen, change);
  if ("sentence" in change) chosen.word = hovered = null;
  writeAddress();
  drawAll();
}

function writeAddress() {
  const parts = new URLSearchParams();
  for (const [name, first] of Object.entries(ADDRESS)) {
    if (chosen[name] === null) continue;
    const value = name === "epoch" ? data.epochs[chosen.epoch] : chosen[name];
    parts.set(name, first ? value + first : value);
  }
  try {
    history.replaceState(null, "", `#${parts}`);
  } catch (error) {
    // A frame without an origin of its own, such as MLflow's, may not have an address to keep.
    if (error.name !== "SecurityError") throw error;
  }
}

/** Take over what the address says, as far as it names something that there is. */
function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const take = (name, size) => {
    const number = Number(parts.get(name)) - 1;
    if (Number.isInteger(number) && number >= 0 && number < size) chosen[name] = number;
  };
  take("sentence", data.sentences.length);
  take("layer", data.layers);
  take("head", data.heads);
  chosen.word = null;
  take("word", sentence().tokens.length);
  const epoch = data.epochs.indexOf(Number(parts.get("epoch")));
  if (epoch >= 0) chosen.epoch = epoch;
  if (["raw", "effective"].includes(parts.get("mode"))) chosen.mode = parts.get("mode");
  if (["1", "0.5", "0.2"].includes(parts.get("top"))) chosen.top = Number(parts.get("top"));
}

// Controls.

function makeControls() {
  data.sentences.forEach(({ tokens }, number) => {
    const text = tokens.map(visible).join(" ");
    const short = text.length > 90 ? `${text.slice(0, 89)}…` : text;
    const told = `${number + 1}. \u2068${short}\u2069 (${tokens.length} tokens)`;
    byId("sentence").append(make("option", { value: number, text: told }));
  });
  byId("sentence").addEventListener("change", (event) => choose({ sentence: Number(event.target.value) }));
  byId("epoch").addEventListener("input", (event) => choose({ epoch: Number(event.target.value) }));
  byId("top").addEventListener("change", (event) => choose({ top: Number(event.target.value) }));
  for (const input of document.getElementsByName("mode")) {
    input.addEventListener("change", () => choose({ mode: input.value }));
  }
  byId("weights").addEventListener("toggle", drawTable);
  byId("explain").addEventListener("click", explainAll);
  byId("map").addEventListener("pointermove", hoverMap);
  byId("map").addEventListener("pointerleave", () => hover(null));
  byId("map").addEventListener("click", pickOnMap);
}

function tellControls() {
  byId("sentence").value = chosen.sentence;
  byId("top").value = chosen.top;
  for (const input of document.getElementsByName("mode")) input.checked = input.value === chosen.mode;
  const slider = byId("epoch");
  const epoch = isEffective() ? data.kept : data.epochs[chosen.epoch];
  const told = `${epoch} of ${data.all_epochs}${epoch === data.kept ? ", the kept one" : ""}`;
  slider.value = data.epochs.indexOf(epoch);
  slider.disabled = isEffective() || data.epochs.length === 1;
  slider.setAttribute("aria-valuetext", `epoch ${told}`);
  byId("epoch-told").textContent = told;
  byId("mode-told").textContent = isEffective()
    ? `Effective: the part of the weights that can change what the head writes (Brunner et al. 2020). It can be below 0, and a row need not sum to 1. It is known for the kept network only (epoch ${data.kept}).`
    : "Raw: the weights as the softmax gives them. Each row sums to 1.";
}

// A line on each head.

const lines = () => [...document.querySelectorAll("#verdicts li")];
const buttonOf = (line) => line.querySelector("button");

function makeVerdicts() {
  for (const line of lines()) {
    const [layer, head] = buttonOf(line).dataset.head.split(".").map((number) => number - 1);
    buttonOf(line).addEventListener("click", () => choose({ layer, head }));
  }
  byId("filter")?.addEventListener("change", tellVerdicts);
}

/** Those that the filter lets through; the chosen head's own is told beside its map where it is not. */
function tellVerdicts() {
  const wanted = byId("filter")?.value ?? "all";
  for (const line of lines()) {
    line.hidden = wanted === "matter" ? line.dataset.matters === "no" : wanted !== "all" && line.dataset.layer !== wanted;
    buttonOf(line).setAttribute("aria-pressed", buttonOf(line).dataset.head === headName());
  }
  const mine = lines().find((line) => buttonOf(line).dataset.head === headName());
  byId("one-verdict").hidden = !mine?.hidden;
  byId("one-verdict").textContent = mine ? buttonOf(mine).textContent : "";
}

// All heads.

function makeHeads() {
  const grid = byId("heads");
  const columns = Math.ceil(data.heads / Math.ceil(data.heads / IN_A_ROW));
  grid.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 110px))`;
  for (let layer = 0; layer < data.layers; layer++) {
    grid.append(make("span", { class: "layer", "aria-hidden": "true", text: `layer ${layer + 1}` }));
    for (let head = 0; head < data.heads; head++) grid.append(makeSmall(layer, head));
  }
  grid.addEventListener("keydown", moveToLayer);
}

function makeSmall(layer, head) {
  const told = `layer ${layer + 1}, head ${head + 1}`;
  const input = make("input", { type: "radio", name: "head", class: "unseen", value: `${layer}.${head}`, "aria-label": told });
  input.addEventListener("change", () => choose({ layer, head }));
  const name = make("span", { "aria-hidden": "true", text: data.heads > IN_A_ROW ? head + 1 : `head ${head + 1}` });
  return make("label", { title: told }, input, name, make("canvas", { id: `small-${layer}-${head}`, "aria-hidden": "true" }));
}

/** Left and right are the browser's own; up and down go to the same head of another layer. */
function moveToLayer(event) {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const layer = Math.min(data.layers - 1, Math.max(0, chosen.layer + step));
  choose({ layer });
  headInput().focus();
}

const headInput = () => document.querySelector(`input[name="head"][value="${chosen.layer}.${chosen.head}"]`);

function drawHeads() {
  const size = sentence().tokens.length;
  for (let layer = 0; layer < data.layers; layer++) {
    for (let head = 0; head < data.heads; head++) {
      paint(byId(`small-${layer}-${head}`), weightsOf(layer, head), size);
    }
  }
  headInput().checked = true;
  const stops = (isEffective() ? [-1, -0.5, 0, 0.5, 1] : [0, 0.5, 1]).map(weightCss);
  byId("scale-bar").style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  const beyond = chosen.top < 1;
  byId("scale-low").textContent = isEffective() ? `${beyond ? "≤ " : ""}−${chosen.top}` : "0";
  byId("scale-high").textContent = `${beyond ? "≥ " : ""}${chosen.top}`;
}

/** A pixel for each pair of words. */
function paint(canvas, weights, size) {
  canvas.width = canvas.height = size;
  const image = new ImageData(size, size);
  for (let query = 0; query < size; query++) {
    for (let key = 0; key < size; key++) {
      image.data.set([...colour(weights(query, key)), 255], 4 * (query * size + key));
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// One head.

function drawAll() {
  tellControls();
  tellVerdicts();
  drawHeads();
  makeWords();
  drawHead();
  drawTable();
  tellMeasures();
  tellCaveats();
}

function drawHead() {
  byId("one-title").textContent = headTitle();
  markWords();
  drawLines();
  drawMap();
  tellWord();
}

function hover(word) {
  if (word === hovered) return;
  hovered = word;
  drawHead();
}

/** The words twice: those that look, to choose from, and those that are looked at. */
function makeWords() {
  const { tokens } = sentence();
  if (byId("looking").dataset.sentence === String(chosen.sentence)) return;
  byId("looking").dataset.sentence = chosen.sentence;
  byId("looking").replaceChildren(byId("looking").querySelector("legend"), wordInput(null, make("span", { text: "all words" })));
  byId("looked-at").replaceChildren(make("li", { class: "every", text: "looked at" }));
  tokens.forEach((token, place) => {
    byId("looking").append(wordInput(place, tokenElement(token)));
    byId("looked-at").append(make("li", {}, tokenElement(token), make("span", { class: "share" })));
  });
}

function wordInput(place, shown) {
  const input = make("input", { type: "radio", name: "word", class: "unseen", value: place ?? "all" });
  input.addEventListener("change", () => choose({ word: place }));
  const label = make("label", {}, input, shown);
  label.addEventListener("pointerenter", () => hover(place));
  label.addEventListener("pointerleave", () => hover(null));
  return label;
}

function markWords() {
  const word = shownWord();
  const weights = weightsOf(chosen.layer, chosen.head);
  for (const input of document.getElementsByName("word")) {
    input.checked = input.value === String(chosen.word ?? "all");
    input.parentElement.classList.toggle("shown", input.value === String(word ?? "all"));
  }
  [...byId("looked-at").children].slice(1).forEach((item, key) => {
    const weight = word === null ? null : weights(word, key);
    paintItem(item, weight);
    item.querySelector(".share").textContent = weight === null ? "" : figure(weight);
  });
}

function paintItem(item, weight) {
  item.style.background = weight === null ? "" : `rgb(${colour(weight).join(" ")})`;
  item.style.color = weight === null ? "" : inkOn(colour(weight));
}

function drawLines() {
  const size = sentence().tokens.length;
  const weights = weightsOf(chosen.layer, chosen.head);
  const svg = byId("lines");
  const height = byId("looked-at").children[0].getBoundingClientRect().height;
  const width = svg.getBoundingClientRect().width;
  const middle = (place) => (place + 1.5) * height;
  svg.setAttribute("height", (size + 1) * height);
  const lines = [];
  for (let query = 0; query < size; query++) {
    if (shownWord() !== null && shownWord() !== query) continue;
    for (let key = 0; key < size; key++) {
      const weight = weights(query, key);
      if (Math.abs(weight) < SEEN) continue;
      const strength = Math.min(1, Math.abs(weight) / chosen.top);
      lines.push(makeSvg("line", {
        x1: 2, y1: middle(query), x2: width - 2, y2: middle(key), "stroke-opacity": strength.toFixed(3),
        "stroke-width": (1 + 2 * strength).toFixed(2), stroke: weight < 0 ? "var(--warm)" : "var(--accent)",
      }));
    }
  }
  svg.replaceChildren(...lines);
}

// The map.

const LABEL = 92; // pixels for the words beside and above the map, at most
let cell = 0;
let margin = 0;

function drawMap() {
  const { tokens } = sentence();
  const canvas = byId("map");
  const context = canvas.getContext("2d");
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  context.font = font;
  const names = tokens.map((token) => fitted(context, visible(token)));
  margin = Math.ceil(Math.max(...names.map((name) => context.measureText(name).width))) + 8;
  byId("map-figure").style.flexBasis = `${Math.max(300, margin + 11 * tokens.length)}px`;
  const width = canvas.parentElement.clientWidth;
  cell = Math.min(48, (width - margin - 1) / tokens.length);
  sizeCanvas(canvas, width, margin + cell * tokens.length + 1);
  context.font = font;
  paintCells(context, tokens.length);
  writeNames(context, names);
  byId("map-told").textContent = "Row: the word that looks. Column: the word it looks at.";
  canvas.setAttribute("aria-label", `Map of the weights of ${inSentence(headTitle())}; the same numbers are in the table of these weights`);
}

function sizeCanvas(canvas, width, height) {
  const dots = devicePixelRatio;
  canvas.width = Math.round(width * dots);
  canvas.height = Math.round(height * dots);
  canvas.style.height = `${height}px`;
  canvas.getContext("2d").scale(dots, dots);
}

function fitted(context, text) {
  let short = text;
  while (context.measureText(short).width > LABEL - 8) short = `${[...short].slice(0, -2).join("")}…`;
  return short;
}

function paintCells(context, size) {
  const weights = weightsOf(chosen.layer, chosen.head);
  const style = getComputedStyle(document.documentElement);
  for (let query = 0; query < size; query++) {
    for (let key = 0; key < size; key++) {
      const weight = weights(query, key);
      const [left, top] = [margin + key * cell, margin + query * cell];
      context.fillStyle = `rgb(${colour(weight).join(" ")})`;
      context.fillRect(left, top, cell + 0.5, cell + 0.5);
      if (cell >= 28) writeFigure(context, weight, left, top);
    }
  }
  context.strokeStyle = style.getPropertyValue("--line");
  context.strokeRect(margin, margin, cell * size, cell * size);
  if (shownWord() === null) return;
  context.strokeStyle = style.getPropertyValue("--accent");
  context.lineWidth = 2;
  context.strokeRect(margin, margin + shownWord() * cell, cell * size, cell);
}

function writeFigure(context, weight, left, top) {
  context.fillStyle = inkOn(colour(weight));
  context.textAlign = "center";
  context.textBaseline = "middle";
  const font = context.font;
  context.font = font.replace("12px", "10px");
  context.fillText(figure(weight), left + cell / 2, top + cell / 2 + 0.5);
  context.font = font;
}

function writeNames(context, names) {
  const ink = getComputedStyle(document.body).color;
  context.textBaseline = "middle";
  const every = Math.ceil(11 / cell); // room for a line of type
  names.forEach((name, place) => {
    if (place % every && place !== shownWord()) return;
    context.fillStyle = ink;
    context.textAlign = "right";
    context.fillText(name, margin - 5, margin + (place + 0.5) * cell);
    context.save();
    context.translate(margin + (place + 0.5) * cell, margin - 5);
    context.rotate(-Math.PI / 2);
    context.textAlign = "left";
    context.fillText(name, 0, 0);
    context.restore();
  });
}

/** The pair of words under the pointer, or null. */
function cellAt(event) {
  const box = byId("map").getBoundingClientRect();
  const place = (from, start) => Math.floor((from - start - margin) / cell);
  const pair = [place(event.clientY, box.top), place(event.clientX, box.left)];
  return pair.every((one) => one >= 0 && one < sentence().tokens.length) ? pair : null;
}

function hoverMap(event) {
  const pair = cellAt(event);
  hover(pair && pair[0]);
  if (pair) tellPair(...pair);
}

function pickOnMap(event) {
  const pair = cellAt(event);
  if (pair) choose({ word: pair[0] });
}

// In words and numbers.

function tellPair(query, key) {
  const { tokens } = sentence();
  const weight = weightsOf(chosen.layer, chosen.head)(query, key);
  byId("told").replaceChildren(quoted(tokens[query]), " looks at ", quoted(tokens[key]), ` with weight ${figure(weight)}.`);
}

function tellWord() {
  const { tokens } = sentence();
  const word = shownWord();
  if (word === null) {
    byId("told").textContent = "Point at a word, or choose one, to see what it looks at.";
    return;
  }
  const weights = weightsOf(chosen.layer, chosen.head);
  const most = tokens.map((_, key) => key).sort((one, other) => weights(word, other) - weights(word, one)).slice(0, NEAREST);
  const told = most.flatMap((key, rank) => [rank ? ", " : "", quoted(tokens[key]), ` (${figure(weights(word, key))})`]);
  byId("told").replaceChildren(quoted(tokens[word]), " looks most at ", ...told, ".");
}

function drawTable() {
  if (!byId("weights").open) return;
  const { tokens } = sentence();
  const weights = weightsOf(chosen.layer, chosen.head);
  const caption = make("caption", { text: `${isEffective() ? "Effective" : "Raw"} weights of ${inSentence(headTitle())}: a row for each word that looks` });
  const names = tokens.map((token) => make("th", { scope: "col" }, tokenElement(token)));
  const rows = tokens.map((token, query) => make("tr", {}, make("th", { scope: "row" }, tokenElement(token)),
    ...tokens.map((_, key) => make("td", { text: figure(weights(query, key)) }))));
  byId("weights-table").replaceChildren(caption, make("thead", {}, make("tr", {}, make("td"), ...names)), make("tbody", {}, ...rows));
}

function tellCaveats() {
  const size = sentence().tokens.length;
  const free = sentence().free[chosen.layer][chosen.head];
  byId("caveat-length").textContent = free
    ? `Other weights would do as well: each row of this map could change in ${free} direction${free > 1 ? "s" : ""}, still sum to 1, and the kept network's head would write the same (Brunner et al. 2020). So look at the effective weights too. Some of those other rows hold negative weights, which softmax never gives.`
    : `No other weights would do: no other ${size} weights that sum to 1 make the kept network's head write the same. That holds for ${data.d_head + 1} tokens at most, where no two have equal values (Brunner et al. 2020).`;
  byId("caveat-layer").textContent = chosen.layer
    ? `In layer ${chosen.layer + 1} a word's place already holds a mixture of words, so a weight on it is not a weight on that word alone.`
    : "In the first layer a weight is on the word itself. What later layers make of it is not seen here.";
}

// Measures.

function makeMeasures() {
  const all = [...data.measures.map((one, number) => [one, `measure-${number}`]), ...data.layer_measures.map((one, number) => [one, `layer-measure-${number}`])];
  for (const place of document.querySelectorAll(".family[data-family]")) {
    const its = all.filter(([measure]) => measure.family === place.dataset.family).map((one) => makeMeasure(...one));
    place.querySelector("summary").after(...its);
    place.hidden = !its.length;
  }
}

function makeMeasure(measure, id) {
  const strip = makeSvg("svg", { viewBox: "0 0 72 14", "aria-hidden": "true" });
  const summary = make("summary", {}, make("span", { class: "name", text: measure.title }), strip, make("span", { class: "value" }));
  return make("details", { class: "measure", id }, summary,
    make("p", { text: measure.meaning }),
    ...(measure.nulls ? [make("p", { class: "nulls", text: measure.nulls })] : []),
    make("p", { text: `Limits: ${measure.caveat}` }),
    make("p", { class: "quiet", text: measure.source }));
}

function tellMeasures() {
  byId("figures-title").textContent = `${headTitle()}, measured`;
  byId("worth-title").textContent = `What ${inSentence(headTitle())} is worth`;
  data.measures.forEach((measure, number) => tellMeasure(byId(`measure-${number}`), measure, chosen.head));
  data.layer_measures.forEach((measure, number) => tellMeasure(byId(`layer-measure-${number}`), measure, 0));
  tellSyntax();
  tellNearest();
  for (const row of document.querySelectorAll("#pruning tr[data-head]")) {
    row.classList.toggle("this", row.dataset.head === headName());
  }
}

const headName = () => `${chosen.layer + 1}.${chosen.head + 1}`;
const shortName = (name) => (data.layers > 1 ? name : name.split(".")[1]);
const headTitle = () => `Head ${shortName(headName())}`;
const inSentence = (title) => title.replace("Head", "head");

function tellMeasure(element, measure, head) {
  const value = measure.values[chosen.layer][head];
  const told = element.querySelector(".value");
  told.textContent = measure.texts[chosen.layer][head];
  told.classList.toggle("unknown", value === null);
  if (value !== null && measure.unit) told.append(make("small", { text: ` ${measure.unit}` }));
  const interval = measure.intervals?.[chosen.layer][head];
  if (interval) told.append(make("small", { class: "interval", text: ` ${interval}` }));
  element.querySelector("svg").replaceChildren(...dots(measure.values, value));
}

/** Every head's value on a line from the least to the most, this one's filled and on top. */
function dots(values, mine) {
  const known = values.flat().filter((value) => value !== null);
  const least = Math.min(...known);
  const span = Math.max(...known) - least || 1;
  const dot = (value, properties) => makeSvg("circle", { cx: 6 + (60 * (value - least)) / span, cy: 7, r: 3, ...properties });
  const others = known.map((value) => dot(value, { fill: "none", stroke: "var(--edge)", "stroke-opacity": 0.8 }));
  const line = makeSvg("line", { x1: 3, x2: 69, y1: 7, y2: 7, stroke: "var(--line)" });
  return [line, ...others, ...(mine === null ? [] : [dot(mine, { fill: "var(--accent)", r: 4 })])];
}

function tellSyntax() {
  tellTable(byId("syntax"), data.syntax[headName()], "Relations, and whether it follows them", ["relation", "accuracy", "fixed distance", "nearest tag", "follows"],
    "How often the other word that it looks at most stands in the relation. Listed are relations in which it beats the best fixed distance. It follows one only where it also beats the nearest word with the usual tag, by the model's own tags, on the usual side. p below 0.05, corrected over all heads and relations, is called a win (Universal Dependencies).");
}

function tellNearest() {
  const found = data.nearest[headName()]?.map((one) => ({ ...one, head: shortName(one.other) }));
  tellTable(byId("nearest"), found, "Which heads look at the same words?", ["head", "divergence", "similarity"],
    "The heads whose weights are most like this one's. Divergence in nats: 0 is the same, 0.69 is nothing shared. Similarity: the cosine of what both write, from −1 to 1.");
}

/** A table of texts, a row for each object; nothing where there are none. */
function tellTable(place, found, title, names, caption) {
  if (!found) {
    place.replaceChildren();
    return;
  }
  const head = make("tr", {}, ...names.map((name) => make("th", { scope: "col", text: name })));
  const rows = found.map((one) => make("tr", {}, make("th", { scope: "row", text: one[names[0]] }),
    ...names.slice(1).map((name) => make("td", { text: one[name] }))));
  const table = make("table", {}, make("caption", { text: caption }), make("thead", {}, head), make("tbody", {}, ...rows));
  place.replaceChildren(make("h4", { text: title }), make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": title }, table));
}

function explainAll() {
  const all = [...document.querySelectorAll(".measure")];
  const open = !all.every((one) => one.open);
  for (const one of all) one.open = open;
  if (open) for (const family of document.querySelectorAll(".family[data-family]")) family.open = true;
  byId("explain").textContent = open ? "Hide the explanations" : "Explain all measures";
  byId("explain").setAttribute("aria-pressed", open);
}

if (data.sentences.length) start();
