// Elements. What comes from a broker goes in as text, and never becomes markup.

/** Makes an element: `on…` are listeners, true is an empty attribute, false and null are none. */
export function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same for drawings. */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== false && child != null));
  return element;
}

/** Changes a text only if it is another one: whoever reads it aloud, or has it selected, is not disturbed. */
export function write(element, text) {
  const wanted = String(text ?? "");
  if (element.textContent !== wanted) element.textContent = wanted;
}

/** A word and what it says, for lists of facts. */
export function fact(word, ...content) {
  return el("div", { class: "fact" }, el("dt", {}, word), el("dd", {}, ...content));
}

/** A field with its label, and room for what is wrong with it. */
export function field(label, input, hint) {
  const id = `field-${++fields}`;
  input.id = id;
  const about = hint && el("span", { class: "hint", id: `${id}-hint` }, hint);
  if (about) input.setAttribute("aria-describedby", about.id);
  return el("div", { class: "field" }, el("label", { for: id }, label), input, about);
}

let fields = 0;
