// Places in a text, shown in it: a summary's citations and alarms, a document's redactions and removed lines.
//
// Knows: offsets, which count code points while JavaScript counts UTF-16 units, and lines. Knows nothing of the page.

import { element } from "./dom.js";

/** Nodes of text[from:to] with each mark's node in its place. A mark is {start, end, node(text)}, in UTF-16 units. */
export function annotated(text, marks, from = 0, to = text.length) {
  const nodes = [];
  let at = from;
  for (const mark of marks) {
    if (mark.start < at || mark.end > to) continue; // in another line, or inside the one before
    nodes.push(text.slice(at, mark.start), mark.node(text.slice(mark.start, mark.end)));
    at = mark.end;
  }
  nodes.push(text.slice(at, to));
  return nodes.filter((node) => node !== "");
}

/** The same places, sorted, with start and end in UTF-16 units in place of code points. */
export function inUnits(text, places) {
  const points = [...new Set(places.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const units = new Map();
  let point = 0;
  let unit = 0;
  for (const wanted of points) {
    for (; point < wanted && unit < text.length; point++) unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
    units.set(wanted, unit);
  }
  const moved = places.map((place) => ({ ...place, start: units.get(place.start), end: units.get(place.end) }));
  return moved.sort((a, b) => a.start - b.start || b.end - a.end);
}

/** The most of a document that is shown, in UTF-16 units: a browser lays out so much at once and no more. */
export const MOST_SHOWN = 200_000;

/** Nodes of a document as it was read: what was redacted in marks, lines that the clean text lacks in <del>. */
export function source(extracted, clean, redactions) {
  const places = inUnits(extracted, redactions);
  const marks = places.map((place) => ({ ...place, node: (text) => redaction(place, text) }));
  const lines = linesOf(extracted, places);
  const stays = whichStay(lines.map((line) => skeleton(redacted(extracted, places, line))), clean);
  const nodes = [];
  for (let first = 0, next; first < lines.length && lines[first].start < MOST_SHOWN; first = next) {
    for (next = first + 1; next < lines.length && stays[next] === stays[first]; ) next++;
    const part = annotated(extracted, marks, lines[first].start, Math.min(lines[next - 1].end, MOST_SHOWN));
    nodes.push(...(stays[first] ? part : [element("del", {}, ...part)]));
  }
  return nodes;
}

function redaction({ type, detector, score }, text) {
  const found = `${type}, found by ${detector}, score ${score.toFixed(2)}`;
  return element("mark", { title: found }, text, element("span", { className: "type" }, type.toLowerCase().replaceAll("_", " ")));
}

const LINE_END = /\r\n|[\n\r\v\f\x85\u2028\u2029]/g;
const PLACEHOLDER = /\[[A-Z][A-Z0-9_]*\]/g;
const REDACTED = "\u25ae";

/** Where the lines are, each with its end. A line that ends inside something redacted goes on. */
function linesOf(text, places) {
  const lines = [];
  let start = 0;
  let next = 0;
  for (const { index, 0: end } of text.matchAll(LINE_END)) {
    while (next < places.length && places[next].end <= index) next++;
    if (next < places.length && places[next].start <= index) continue;
    lines.push({ start, end: index + end.length });
    start = index + end.length;
  }
  if (start < text.length) lines.push({ start, end: text.length });
  return lines;
}

/** A line with one sign in place of all that was redacted in it. */
function redacted(text, places, line) {
  const sign = () => REDACTED;
  const within = places.filter((place) => place.start >= line.start && place.end <= line.end);
  return annotated(text, within.map((place) => ({ ...place, node: sign })), line.start, line.end).join("");
}

/** What of a line is the same before and after cleaning. */
function skeleton(line) {
  const spaced = line.replace(PLACEHOLDER, REDACTED).normalize("NFKD").replace(/\s+/g, " ");
  return spaced.replace(/[\p{C}\p{M}]/gu, "").replace(/ +/g, " ").trim();
}

/**
 * Which lines the clean text has. Cleaning takes whole lines, so those that stay are a subsequence, and the first that
 * fits is one. Where it is none after all, every line stays: nothing is shown as removed that was not.
 */
function whichStay(lines, clean) {
  const wanted = clean.split(/[\n\f]/).map(skeleton).filter(Boolean);
  let found = 0;
  const stays = lines.map((line) => line === "" || (line === wanted[found] && ++found > 0));
  return found === wanted.length ? stays : lines.map(() => true);
}
