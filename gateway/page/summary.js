// One summary: asked for, shown while it is written, and at its end with all that is known of it.
//
// Knows: the page's first view. Knows nothing of HTTP, nor how places are found in a text.

import { MOST_SHOWN, annotated, inUnits, source } from "./annotations.js";
import { Problem, ask, events, show } from "./api.js";
import { byId, bytes, chosen, copy, count, element, seconds, things } from "./dom.js";
import { sendable, summaryRequest, watch } from "./request.js";
import { snippet } from "./snippets.js";

const form = byId("request");
const output = byId("summary");
const touched = watch(form);

let running = null; // what aborts the request under way
let last = null; // the whole of the summary that is shown

/** Make the view work. */
export function start() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    summarize();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("change", choose);
  for (const name of ["input", "change"]) form.addEventListener(name, showCode);
  byId("token").addEventListener("input", showCode);
  byId("code-panel").addEventListener("toggle", showCode);
  byId("code-panel").addEventListener("change", showCode);
  byId("cancel").addEventListener("click", () => running?.abort());
  byId("copy-summary").addEventListener("click", (event) => copy(event.target, last.summary, output));
  byId("copy-code").addEventListener("click", (event) => copy(event.target, code(), byId("code")));
  byId("price").addEventListener("input", () => showFigures(last));
  choose();
}

/** Take a file that was dropped. */
export function drop(files) {
  form.elements.file.files = files;
  form.querySelector('input[name="source"][value="file"]').checked = true;
  form.dispatchEvent(new Event("change"));
}

/** Show what belongs to what is chosen, and hide the rest. */
function choose() {
  for (const part of form.querySelectorAll("[data-source]")) part.hidden = part.dataset.source !== chosen(form, "source");
  for (const part of form.querySelectorAll("[data-knows]")) part.hidden = part.dataset.knows !== chosen(form, "knows");
}

const code = () => snippet(chosen(byId("code-panel"), "language"), summaryRequest(form, touched));

function showCode() {
  if (byId("code-panel").open) byId("code").textContent = code();
}

async function summarize() {
  if (running) return;
  const request = summaryRequest(form, touched);
  begin();
  const began = performance.now();
  try {
    for await (const { name, data } of events(await ask(request.route, { ...sendable(request), signal: running.signal }))) {
      if (name === "log") showProgress(data.line);
      if (name === "output") showPiece(data.text);
      if (name === "error") throw new Problem(data);
      if (name === "done") last = data;
    }
    if (!last) throw new Problem({ title: "Broken off", detail: "The answer broke off before its end. Send it again." });
    showWhole(last);
    byId("status").textContent = `Done in ${seconds((performance.now() - began) / 1000)}`;
  } catch (error) {
    const isCanceled = error.name === "AbortError";
    byId("status").textContent = isCanceled ? "Canceled" : "Failed";
    if (!isCanceled) show(byId("problem"), error);
  } finally {
    end();
  }
}

function begin() {
  running = new AbortController();
  last = null;
  show(byId("problem"), null);
  output.replaceChildren();
  output.setAttribute("aria-busy", "true"); // so that it is read out when it is whole, not word by word
  for (const id of ["empty", "legend", "figures", "price-field", "copy-summary", "passages-panel", "source-panel"]) byId(id).hidden = true;
  byId("summary-panel").classList.add("running");
  byId("status").textContent = "Reading the document";
  byId("cancel").hidden = false;
  if (form.contains(document.activeElement)) byId("cancel").focus();
  form.querySelector("[type=submit]").hidden = true;
  const panel = byId("summary-panel");
  if (panel.getBoundingClientRect().top > innerHeight * 0.8) panel.scrollIntoView();
}

function end() {
  running = null;
  output.removeAttribute("aria-busy");
  byId("summary-panel").classList.remove("running");
  byId("progress").hidden = true;
  form.querySelector("[type=submit]").hidden = false;
  if (document.activeElement === byId("cancel")) form.querySelector("[type=submit]").focus();
  byId("cancel").hidden = true;
}

/** Show how far a long document is: a line such as "part 3 of 12". */
function showProgress(line) {
  const [, what, done, total] = /^(part|merge) ([\d,]+) of ([\d,]+)$/.exec(line) ?? [];
  if (!what) return;
  const bar = byId("progress");
  bar.hidden = false;
  bar.max = Number(total.replaceAll(",", ""));
  bar.value = Number(done.replaceAll(",", ""));
  byId("status").textContent = `${what === "part" ? "Part" : "Merge"} ${done} of ${total}`;
}

function showPiece(text) {
  byId("progress").hidden = true;
  byId("status").textContent = "Writing";
  output.append(text);
}

function showWhole(whole) {
  const passages = whole.passages ?? [];
  const alarms = whole.verification ? doubts(whole.verification) : [];
  const marks = [...inUnits(whole.summary, alarms).map(alarm), ...citations(whole.summary, passages)];
  output.replaceChildren(...annotated(whole.summary, marks.sort((a, b) => a.start - b.start)));
  byId("copy-summary").hidden = false;
  showLegend(whole, alarms);
  showFigures(whole);
  showPassages(whole.passages);
  if (whole.source) showSource(whole);
}

/** What is doubted: the places that rules found, and the sentences that have none and whose support is low. */
function doubts({ unsupported, sentences }) {
  const low = sentences.filter((one) => one.unsupported && !unsupported.some(({ start }) => one.start <= start && start < one.end));
  return [...unsupported, ...low.map(({ start, end }) => ({ start, end, kind: "sentence" }))];
}

/** A place that no source bears out. */
function alarm({ start, end, kind }) {
  const node = (text) => element("span", { className: "unsupported", title: `unsupported ${kind}` }, text, element("span", { className: "unseen" }, ` (unsupported ${kind})`));
  return { start, end, node };
}

/** The marks of passages that there are: [1], and each number of [1, 2], becomes a button that opens the passage. */
function citations(summary, passages) {
  const numbers = new Set(passages.map((passage) => passage.number));
  return [...summary.matchAll(/\[\d+(?:\s*[,;]\s*\d+)*\]/g)].flatMap(({ index, 0: group }) => {
    const found = [...group.matchAll(/[,;]/.test(group) ? /\d+/g : /\[\d+\]/g)];
    const places = found.map((one) => ({ start: index + one.index, end: index + one.index + one[0].length, node: citation }));
    return places.filter((_, place) => numbers.has(numberOf(found[place][0])));
  });
}

const numberOf = (mark) => Number(mark.replace(/[[\]]/g, ""));

function citation(mark) {
  const number = numberOf(mark);
  const button = element("button", { type: "button", className: "citation" }, mark);
  button.setAttribute("aria-label", `Passage ${number}`);
  button.addEventListener("click", () => {
    const passage = byId(`passage-${number}`);
    passage.open = true;
    passage.scrollIntoView({ block: "nearest" });
    passage.querySelector("summary").focus();
  });
  return button;
}

function showLegend(whole, alarms) {
  const said = [];
  if (whole.finish_reason === "length") said.push("It ends at the limit of tokens.");
  if (alarms.length) said.push(`Underlined: ${things(alarms.length, "place")} that neither document nor cited passages bear out.`);
  else if (whole.verification) said.push("Nothing unsupported was found, which proves nothing.");
  if (whole.placeholders?.leaked) said.push(`${things(whole.placeholders.leaked, "value")} replaced in the summary itself.`);
  byId("legend").hidden = said.length === 0;
  byId("legend").textContent = said.join(" ");
}

function showFigures(whole) {
  if (!whole) return;
  const { usage, timings, rounds, predict_time: predicted } = whole;
  const figures = [
    ["Tokens in", count(usage.input_token_count)],
    ["Tokens out", count(usage.output_token_count)],
    ["First token", seconds(timings.time_to_first_token)],
    ["Model’s time", seconds(predicted ?? timings.total)],
  ];
  if (timings.generation > 0) figures.push(["Tokens a second", ((rounds.at(-1).output_token_count - 1) / timings.generation).toFixed(1)]);
  if (rounds.length > 1) figures.push(["Parts", count(rounds[0].prompts)]);
  const price = Number(byId("price").value);
  if (price > 0) figures.push(["Cost", ((predicted ?? timings.total) * price).toPrecision(3)]);
  figures.push(["Style", whole.style], ["Model", whole.model]);
  byId("figures").replaceChildren(...figures.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));
  byId("figures").hidden = byId("price-field").hidden = false;
}

function showPassages(passages) {
  byId("passages-panel").hidden = !passages;
  if (!passages) return;
  const cited = passages.filter((passage) => passage.cited).length;
  byId("passages-note").textContent = passages.length ? `${cited} of ${passages.length} cited` : "None is near enough to the document.";
  byId("passages").replaceChildren(...passages.map(passage));
}

function passage({ number, source: from, title, headings, score, text, cited }) {
  const where = [title, ...headings].filter((name, index, all) => name && name !== all[index - 1]).join(" › ");
  const head = element("summary", {}, element("b", {}, `[${number}]`), " ", where || from, " ", element("small", {}, cited ? "cited" : "not cited"));
  const foot = element("footer", {}, `${from} · score ${score.toFixed(2)}`);
  return element("details", { id: `passage-${number}`, className: cited ? "" : "uncited" }, head, element("blockquote", {}, text), foot);
}

function showSource({ source: { extracted, clean }, redactions, removals }) {
  byId("source").replaceChildren(...source(extracted, clean, redactions));
  const legend = [];
  const types = Map.groupBy(redactions, ({ type }) => type);
  for (const [type, found] of types) legend.push(element("li", {}, element("mark", {}, `${count(found.length)} × ${type.toLowerCase().replaceAll("_", " ")}`)));
  const kinds = Map.groupBy(removals, ({ kind }) => kind);
  for (const [kind, found] of kinds) {
    const characters = found.reduce((sum, removal) => sum + removal.characters, 0);
    legend.push(element("li", { className: "removed" }, `${kind}: ${things(characters, "character")} left out`));
  }
  if (extracted.length > MOST_SHOWN) legend.push(element("li", {}, `The first ${count(MOST_SHOWN)} of ${count(extracted.length)} characters`));
  if (legend.length === 0) legend.push(element("li", {}, "Nothing was redacted or left out."));
  byId("source-legend").replaceChildren(...legend);
  byId("source-panel").hidden = false;
}
