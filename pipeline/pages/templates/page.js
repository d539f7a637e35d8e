"use strict";

// What every page needs: its data, elements made without markup, and the colours of weights.

/** The data that the page was made with. */
const readData = () => JSON.parse(document.getElementById("data").textContent);

const byId = (id) => document.getElementById(id);

/** An element with properties and children; a text is only ever a text. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  fill(element, properties);
  element.append(...children);
  return element;
}

/** The same for a picture of lines. */
function makeSvg(tag, properties = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(element, properties);
  element.append(...children);
  return element;
}

function fill(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (name === "text") element.textContent = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
}

/** A token as it can be seen: an empty one and white space are named. */
function visible(token) {
  const named = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u2028": "\\u2028", "\u2029": "\\u2029" };
  if (token.trim() === "" && !/[\n\r\t\u2028\u2029]/.test(token)) return "␣".repeat(token.length) || "∅";
  return token.replace(/[\n\r\t\u2028\u2029]/g, (sign) => named[sign]);
}

/** A token on the page, apart from the direction of the text around it. */
const tokenElement = (token, properties = {}) => make("bdi", { ...properties, text: visible(token) });

const darkScheme = matchMedia("(prefers-color-scheme: dark)");

// Straight lines in OKLab (Ottosson 2020): one hue, equal steps of the number are equal steps for
// the eye. 0 is the paper's colour, in the dark too. The light ones are those of the pictures.
const SCALES = {
  light: { zero: [0.995, 0, 0], more: [0.36, -0.02, -0.135], less: [0.42, 0.1, 0.075] },
  dark: { zero: [0.2, -0.002, -0.008], more: [0.9, -0.045, -0.065], less: [0.84, 0.065, 0.09] },
};

/** The colour [r, g, b] of a weight in [0, 1], or in [-1, 1] with the second hue below 0. */
function weightColour(weight) {
  const scale = SCALES[darkScheme.matches ? "dark" : "light"];
  const end = weight < 0 ? scale.less : scale.more;
  const share = Math.min(1, Math.abs(weight));
  return toRgb(scale.zero.map((zero, axis) => zero + share * (end[axis] - zero)));
}

/** `weightColour` as CSS. */
const weightCss = (weight) => `rgb(${weightColour(weight).join(" ")})`;

function toRgb([light, a, b]) {
  const l = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (light - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((linear) => {
    const clipped = Math.min(1, Math.max(0, linear));
    const bent = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
    return Math.round(255 * bent);
  });
}

/** Black or white, whichever is read better on a colour (WCAG 2 contrast). */
function inkOn(rgb) {
  const linear = rgb.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.18 ? "#000000" : "#ffffff";
}

/** In a frame that was given a text or a blob, as MLflow does, a link to a part leads nowhere. */
function goTo(event) {
  event.preventDefault();
  const part = byId(event.currentTarget.hash.slice(1));
  part.scrollIntoView();
  part.focus({ preventScroll: true });
}

if (["about:", "blob:"].includes(location.protocol)) {
  for (const link of document.querySelectorAll('a[href^="#"]')) link.addEventListener("click", goTo);
}
