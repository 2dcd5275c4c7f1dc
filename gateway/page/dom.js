// Elements, made of text and other elements. Whatever is given as text becomes a text node: nothing here reads markup.

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/** A new element with properties and children, each a node or a text. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A whole number as people write it. */
export const count = (number) => number.toLocaleString("en");

/** A number of things: "1 row", "2,000 rows". */
export const things = (number, thing) => `${count(number)} ${thing}${number === 1 ? "" : "s"}`;

/** Seconds as people say them. */
export function seconds(number) {
  if (number < 1) return `${Math.round(number * 1000)} ms`;
  if (number < 120) return `${Number.isInteger(number) ? number : number.toFixed(number < 10 ? 2 : 1)} s`;
  return number < 7200 ? `${Math.round(number / 60)} min` : `${(number / 3600).toFixed(1)} h`;
}

/** Bytes as people say them. */
export function bytes(number) {
  if (number < 1e3) return `${number} bytes`;
  return number < 1e6 ? `${(number / 1e3).toFixed(1)} kB` : `${(number / 1e6).toFixed(1)} MB`;
}

/** The value of the radio that is chosen in a form. */
export const chosen = (form, name) => form.querySelector(`input[name="${name}"]:checked`)?.value;

/** Copy a text, and say so on the button for a moment. */
export async function copy(button, text, shown) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    getSelection().selectAllChildren(shown); // where a page may not write: over plain HTTP from another machine
    document.execCommand("copy");
  }
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = label), 1500);
}
