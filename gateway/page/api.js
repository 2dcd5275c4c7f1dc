// The gateway's HTTP: the token, problems as errors, server-sent events.
//
// Knows: routes are beside this page, wherever that is mounted. The token is in the field of this page and nowhere else.
// Knows nothing of what is asked.

import { byId } from "./dom.js";

/** Where a route is. */
export const address = (route) => new URL(route, new URL(".", document.baseURI)).href;

/** The headers that say who calls; none without a token. */
export function identity() {
  const token = byId("token").value.trim();
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** What the gateway refuses or cannot do, as its problem answers say it. */
export class Problem extends Error {
  constructor({ detail, title, code, status, request_id: requestId }, retryAfter = null) {
    super(detail ?? title);
    Object.assign(this, { title, code, status, requestId, retryAfter });
  }
}

/** Ask the gateway. Throws a Problem for any answer that is none of success. */
export async function ask(route, { headers = {}, ...options } = {}) {
  let response;
  try {
    response = await fetch(address(route), {
      ...options,
      headers: { ...headers, ...identity() },
      cache: "no-store",
      credentials: "omit",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ title: "Gateway out of reach", detail: "The gateway does not answer, or broke off. Try again." });
  }
  if (response.ok) return response;
  const unreadable = { title: "Unexpected answer", detail: `HTTP ${response.status} without a reason`, status: response.status };
  throw new Problem(await response.json().catch(() => unreadable), response.headers.get("Retry-After"));
}

/** The server-sent events of an answer: {name, data} each, data from its JSON. */
export async function* events(response) {
  const pieces = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = []; // of a line whose end is yet to come: joined once, for it may be megabytes
  let name = "message";
  try {
    for (;;) {
      const { value, done } = await pieces.read();
      if (done) return;
      rest.push(value);
      if (!value.includes("\n")) continue;
      const lines = rest.join("").split("\n");
      rest = [lines.pop()];
      for (const line of lines) {
        const [, field, said] = /^(\w*): ?(.*?)\r?$/.exec(line) ?? [];
        if (field === "event") name = said;
        if (field === "data") yield { name, data: JSON.parse(said) };
      }
    }
  } finally {
    pieces.cancel().catch(() => {}); // whoever stops reading early wants no more of it
  }
}

/** Show a problem, or any other error, in a box; an empty one is hidden. */
export function show(box, error) {
  box.hidden = !error;
  if (!error) return box.replaceChildren();
  if (error.code === "E7001") byId("token").focus();
  const parts = [error.message ?? String(error)];
  if (error.title && error.title !== error.message) parts.unshift(Object.assign(document.createElement("strong"), { textContent: error.title }));
  if (error.retryAfter) parts.push(`Try again in ${error.retryAfter} s.`);
  if (error.requestId) parts.push(Object.assign(document.createElement("small"), { textContent: `Request ${error.requestId}` }));
  box.replaceChildren(...parts.flatMap((part) => [part, " "]));
}
