// Runs beside each other: intervals, curves, the answers that changed, heads in pairs.

const data = readData();
const PAGE = 50; // rows of answers that are added at a time
const AROUND = 6; // words of a sentence on each side of the one that is told of
const MINUS = "−";

const colourOf = (number) => `var(--c${number % 8})`;
const signed = (text) => text.replace("-", MINUS);
const rounded = (value, digits = 2) => signed((Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value).toFixed(digits));

function start() {
  for (const place of document.querySelectorAll(".plots")) drawIntervals(place, data.figures[Number(place.dataset.figure)]);
  drawCurves();
  if (data.changes.length) startAnswers();
  if (data.heads.pairs.length) startHeads();
}

// Intervals.

const ROW = 22;
const WIDTH = 340;

function drawIntervals(place, figure) {
  const labels = data.subjects.map((label, number) => ({ label, number }));
  const alone = labels.map((it) => ({ ...it, ends: figure.alone[it.number] })).filter((it) => it.ends);
  place.append(intervals("Each by itself", alone, 1, null));
  const beside = labels.slice(1).map((it) => ({ ...it, ends: figure.beside[it.number - 1] })).filter((it) => it.ends);
  if (beside.length) place.append(intervals(`${data.subjects[0]} minus the other${figure.unit ? `, ${figure.unit}` : ""}`, beside, figure.scale, 0));
}

function intervals(title, rows, scale, zero) {
  const values = rows.flatMap(({ ends }) => [ends.low, ends.high, ends.value]).map((value) => value * scale);
  if (zero !== null) values.push(zero);
  const [low, high] = padded(Math.min(...values), Math.max(...values));
  const x = (value) => 8 + ((value * scale - low) / (high - low)) * (WIDTH - 16);
  const height = rows.length * ROW + 20;
  const svg = makeSvg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": `${title}; the same numbers are in the table` });
  svg.append(makeSvg("line", { class: "axis", x1: 0, x2: WIDTH, y1: height - 18, y2: height - 18 }));
  if (zero !== null) svg.append(makeSvg("line", { class: "zero", x1: x(0), x2: x(0), y1: 0, y2: height - 18 }));
  rows.forEach(({ label, number, ends }, row) => {
    const y = row * ROW + 11;
    const mark = { stroke: colourOf(number), fill: colourOf(number) };
    svg.append(makeSvg("line", { ...mark, "stroke-width": 3, x1: x(ends.low), x2: x(ends.high), y1: y, y2: y }));
    svg.append(makeSvg("circle", { ...mark, cx: x(ends.value), cy: y, r: 5 }, makeSvg("title", { text: label })));
  });
  for (const [value, anchor, at] of [[low, "start", 0], [high, "end", WIDTH]]) {
    svg.append(makeSvg("text", { x: at, y: height - 4, "text-anchor": anchor, text: tick(value, high - low) }));
  }
  return make("figure", {}, make("figcaption", { text: title }), svg);
}

function padded(low, high) {
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return [low - room, high + room];
}

const tick = (value, range) => rounded(value, Math.max(0, Math.min(4, 1 - Math.floor(Math.log10(range)))));

// Curves.

function drawCurves() {
  if (!data.curves.length) {
    byId("curves-panel").hidden = true;
    return;
  }
  data.curves[0].lines.forEach((_, number) => {
    const line = makeSvg("line", { x1: 0, x2: 26, y1: 5, y2: 5, stroke: colourOf(number), "stroke-width": 3 });
    byId("legend").append(make("li", {}, makeSvg("svg", { viewBox: "0 0 26 10", "aria-hidden": "true" }, line), data.subjects[number]));
  });
  for (const curve of data.curves) byId("curves").append(curveFigure(curve));
}

function curveFigure({ title, unit, lines }) {
  const points = lines.flat();
  const epochs = points.map((point) => point.epoch);
  const [first, last] = [Math.min(...epochs), Math.max(...epochs)];
  const [low, high] = padded(Math.min(...points.map((it) => it.low)), Math.max(...points.map((it) => it.high)));
  const [left, width, height] = [44, 400, 220];
  const x = (epoch) => left + ((epoch - first) / (last - first || 1)) * (width - left - 10);
  const y = (value) => 8 + ((high - value) / (high - low)) * (height - 34);
  const svg = makeSvg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title} by epoch` });
  for (const value of [low, (low + high) / 2, high]) {
    svg.append(makeSvg("line", { class: "axis", x1: left, x2: width, y1: y(value), y2: y(value) }));
    svg.append(makeSvg("text", { x: left - 4, y: y(value) + 4, "text-anchor": "end", text: tick(value, high - low) }));
  }
  for (const epoch of new Set([first, last])) {
    svg.append(makeSvg("text", { x: x(epoch), y: height - 8, "text-anchor": epoch === first ? "start" : "end", text: `epoch ${epoch}` }));
  }
  lines.forEach((line, number) => {
    if (!line.length) return;
    const mark = { stroke: colourOf(number), fill: colourOf(number) };
    const path = (values) => values.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    const band = [...line.map((it) => [it.epoch, it.high]), ...[...line].reverse().map((it) => [it.epoch, it.low])];
    svg.append(makeSvg("polygon", { fill: mark.fill, "fill-opacity": 0.18, points: path(band) }));
    svg.append(makeSvg("polyline", { stroke: mark.stroke, fill: "none", "stroke-width": 2, points: path(line.map((it) => [it.epoch, it.mean])) }));
    for (const it of line) {
      const told = `${data.subjects[number]}, epoch ${it.epoch}: ${rounded(it.mean, 3)}`;
      svg.append(makeSvg("circle", { ...mark, cx: x(it.epoch), cy: y(it.mean), r: 3 }, makeSvg("title", { text: told })));
    }
  });
  return make("figure", {}, make("figcaption", { text: unit ? `${title}, ${unit}` : title }), svg);
}

// Answers that changed.

const FORM = 0, GOLD = 1, OURS = 2, THEIRS = 3, GAP = 4, LENGTH = 5, GENRE = 6, SENTENCE = 7, WORD = 8, WON = 9;
const answers = { set: 0, which: "all", gold: "all", by: GAP, descending: true, shown: PAGE };

function startAnswers() {
  for (const [id, name] of [["answers-other", "set"], ["answers-which", "which"], ["answers-class", "gold"]]) {
    byId(id).addEventListener("change", (event) => {
      answers[name] = name === "set" ? Number(event.target.value) : event.target.value;
      answers.shown = PAGE;
      if (name === "set") fillAnswerControls();
      drawAnswers();
    });
  }
  byId("answers-more").addEventListener("click", () => {
    answers.shown += 4 * PAGE;
    drawAnswers();
  });
  fillAnswerControls();
  drawAnswers();
}

const changed = () => data.changes[answers.set];

function fillAnswerControls() {
  answers.which = answers.gold = "all";
  const [ours, theirs] = [data.subjects[0], data.subjects[changed().other]];
  const which = [["all", "all"], ["lost", `${ours} alone is right`], ["won", `${theirs} alone is right`]];
  byId("answers-which").replaceChildren(...which.map(([value, text]) => make("option", { value, text })));
  const classes = [...new Set(changed().rows.map((row) => row[GOLD]))].sort();
  byId("answers-class").replaceChildren(make("option", { value: "all", text: "all" }), ...classes.map((name) => make("option", { value: `=${name}`, text: visible(name) })));
}

function drawAnswers() {
  const found = changed().rows.filter(
    (row) => (answers.which === "all" || (answers.which === "won") === row[WON]) && (answers.gold === "all" || answers.gold === `=${row[GOLD]}`),
  );
  const key = answers.by === GAP ? (row) => Math.abs(row[GAP]) : (row) => row[answers.by];
  const order = (one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0);
  found.sort((one, other) => (answers.descending ? order(other, one) : order(one, other)));
  const most = changed().rows.length < changed().all ? `, of those ${changed().rows.length} of all ${changed().all} whose loss changed most` : "";
  byId("answers-told").textContent = `${found.length} answers${most}; ${Math.min(answers.shown, found.length)} are shown.`;
  byId("answers").replaceChildren(answersHead(), make("tbody", {}, ...found.slice(0, answers.shown).map(answerRow)));
  byId("answers-more").hidden = found.length <= answers.shown;
}

function columns() {
  const knows = (place) => changed().rows.some((row) => row[place]);
  return [
    [FORM, "word"], [GOLD, `right ${data.class_name}`], [OURS, data.subjects[0]], [THEIRS, data.subjects[changed().other]], [GAP, "loss, nats"],
    ...(knows(LENGTH) ? [[LENGTH, "words"]] : []), ...(knows(GENRE) ? [[GENRE, "genre"]] : []),
  ];
}

function answersHead() {
  const cells = columns().map(([place, title]) => {
    const button = make("button", { type: "button", text: title });
    button.addEventListener("click", () => {
      answers.descending = answers.by === place ? !answers.descending : place === GAP || place === LENGTH;
      answers.by = place;
      drawAnswers();
      [...document.querySelectorAll("#answers th button")].find((it) => it.textContent === title).focus();
    });
    const sort = answers.by === place ? (answers.descending ? "descending" : "ascending") : null;
    return make("th", { scope: "col", "aria-sort": sort }, button);
  });
  return make("thead", {}, make("tr", {}, ...cells, make("th", { scope: "col", text: "where it stands" })));
}

function answerRow(row) {
  const cells = columns().map(([place]) => {
    if (place === GAP) return make("td", { class: "number", text: rounded(row[GAP]) });
    if (place === LENGTH) return make("td", { class: "number", text: row[LENGTH] });
    const isRight = place === (row[WON] ? THEIRS : OURS);
    return make("td", { class: isRight ? "right" : null }, tokenElement(String(row[place])), isRight ? " ✓" : "");
  });
  return make("tr", {}, ...cells, make("td", { class: "context" }, ...context(row)));
}

function context(row) {
  const words = changed().sentences[row[SENTENCE]];
  if (!words) return [];
  const [from, to] = [Math.max(0, row[WORD] - AROUND), Math.min(words.length, row[WORD] + AROUND + 1)];
  const shown = words.slice(from, to).flatMap((word, place) => {
    const one = tokenElement(word);
    return [from + place === row[WORD] && word === row[FORM] ? make("b", {}, one) : one, " "];
  });
  return [from ? "… " : "", ...shown, to < words.length ? "…" : ""];
}

// Heads in pairs.

const heads = { pair: 0, sentence: 0, epoch: 0 };

function startHeads() {
  byId("heads-part").hidden = false;
  for (const watched of Object.values(data.heads.watched)) watched.weights = watched.weights.map(bytesOf);
  data.heads.pairs.forEach(({ other }, number) => byId("heads-other").append(make("option", { value: number, text: data.subjects[other] })));
  data.heads.sentences.forEach((tokens, number) => {
    const text = tokens.map(visible).join(" ");
    const short = text.length > 90 ? `${text.slice(0, 89)}…` : text;
    byId("heads-sentence").append(make("option", { value: number, text: `${number + 1}. \u2068${short}\u2069` }));
  });
  for (const [id, name] of [["heads-other", "pair"], ["heads-sentence", "sentence"], ["heads-epoch", "epoch"]]) {
    byId(id).addEventListener("input", (event) => {
      heads[name] = Number(event.target.value);
      drawHeads();
    });
  }
  byId("heads-epoch").max = Math.max(...Object.values(data.heads.watched).map((it) => it.epochs.length)) - 1;
  byId("heads-epoch").disabled = byId("heads-epoch").max === "0";
  heads.epoch = data.heads.watched[0].epochs.indexOf(data.heads.watched[0].kept);
  byId("heads-epoch").value = heads.epoch;
  darkScheme.addEventListener("change", drawHeads);
  drawHeads();
}

function bytesOf(packed) {
  const text = atob(packed);
  return Uint8Array.from({ length: text.length }, (_, place) => text.charCodeAt(place));
}

/** The run's epoch that the slider stands at: its last one where it has fewer. */
const epochOf = (watched) => Math.min(heads.epoch, watched.epochs.length - 1);

function weightsOf(watched, [layer, head]) {
  const size = data.heads.sentences[heads.sentence].length;
  const place = (epochOf(watched) * watched.layers + layer - 1) * watched.heads + head - 1;
  const from = place * size * size;
  return (query, key) => watched.weights[heads.sentence][from + query * size + key] / 255;
}

function drawHeads() {
  const { other, pairs, alone, of, measures } = data.heads.pairs[heads.pair];
  const runs = [data.heads.watched[0], data.heads.watched[other]];
  const labels = [data.subjects[0], data.subjects[other]];
  const epochs = runs.map((watched) => `${watched.epochs[epochOf(watched)]}${watched.epochs[epochOf(watched)] === watched.kept ? ", the kept one" : ""}`);
  byId("heads-epoch-told").textContent = epochs[0] === epochs[1] ? epochs[0] : `${labels[0]}: ${epochs[0]}; ${labels[1]}: ${epochs[1]}`;
  const left = alone.flatMap((places, side) => (places.length ? [`without a partner, of ${labels[side]}: ${places.map(named).join(", ")}`] : []));
  byId("heads-told").textContent = [`Left ${of[0]}, middle ${of[1]}`, ...left].join("; ") + ".";
  byId("pairs").replaceChildren(...pairs.map((pair) => pairElement(pair, runs, labels, measures)));
  byId("scale-bar").style.background = `linear-gradient(to right, ${[0, 0.5, 1].map(weightCss).join(", ")})`;
  byId("difference-bar").style.background = `linear-gradient(to right, ${[-1, -0.5, 0, 0.5, 1].map(weightCss).join(", ")})`;
}

const named = ([layer, head]) => `${layer}.${head}`;

function pairElement(pair, runs, labels, measures) {
  const ours = weightsOf(runs[0], pair.ours);
  const theirs = weightsOf(runs[1], pair.theirs);
  const told = make("output", { "aria-live": "off" });
  const maps = [
    [`${labels[0]}, head ${named(pair.ours)}`, ours],
    [`${labels[1]}, head ${named(pair.theirs)}`, theirs],
    ["the left minus the middle", (query, key) => ours(query, key) - theirs(query, key)],
  ].map(([title, weights]) => mapFigure(title, weights, told, [ours, theirs]));
  const next = pair.next === null ? "" : `, the next nearest ${rounded(pair.next)}`;
  const rows = measures.map(({ title, unit }, place) => make(
    "tr", {}, make("th", { scope: "row", text: unit ? `${title}, ${unit}` : title }),
    ...pair.measures[place].map((value) => make("td", { text: value === null ? "not known" : rounded(value, Number.isInteger(value) ? 0 : 3) })),
  ));
  const head = make("tr", {}, make("th", { scope: "col" }), ...labels.map((text) => make("th", { scope: "col", text })));
  return make(
    "article", { class: "pair" },
    make("h3", {}, `${named(pair.ours)} and ${named(pair.theirs)}`, make("small", { text: `${rounded(pair.divergence)} nats apart${next}` })),
    make("div", { class: "maps" }, ...maps), told,
    make("details", {}, make("summary", { text: "Measures of both" }), make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows))),
  );
}

function mapFigure(title, weights, told, both) {
  const tokens = data.heads.sentences[heads.sentence];
  const size = tokens.length;
  const canvas = make("canvas", { role: "img", "aria-label": title });
  canvas.width = canvas.height = size;
  const image = new ImageData(size, size);
  for (let query = 0; query < size; query++) {
    for (let key = 0; key < size; key++) image.data.set([...weightColour(weights(query, key)), 255], 4 * (query * size + key));
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const at = [event.clientY - box.top, event.clientX - box.left].map((far) => Math.max(0, Math.min(size - 1, Math.floor((far / box.width) * size))));
    const [one, other] = both.map((of) => rounded(of(...at)));
    told.replaceChildren("“", tokenElement(tokens[at[0]]), "” looks at “", tokenElement(tokens[at[1]]), `”: ${one} and ${other}`);
  });
  return make("figure", {}, canvas, make("figcaption", { text: title }));
}

start();
