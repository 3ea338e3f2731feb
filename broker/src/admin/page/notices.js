// What is said beside the figures: notes that go by, and why there is nothing to see.

import { el, write } from "./dom.js";

const notes = document.getElementById("notes");

/** Says that something was done. It goes by itself, and can be sent away. */
export function note(text) {
  const close = el("button", { type: "button", class: "quiet", "aria-label": "Close this note" }, "×");
  const element = el("p", { class: "note" }, text, close);
  const go = () => element.remove();
  close.addEventListener("click", go);
  setTimeout(go, 8000);
  notes.append(element);
  while (notes.children.length > 4) notes.firstElementChild.remove();
}

/** In place of what only a master has. */
export function notMaster() {
  const text = el("p");
  const element = el("section", { class: "card notice" }, el("h2", {}, "Only the master has that"), text);
  const show = ({ node, isMaster }) => {
    element.hidden = isMaster || !node;
    if (node && !isMaster) write(text, whoIs(node));
  };
  return { element, show };
}

function whoIs(node) {
  const master = node.peers?.find((peer) => peer.role === "master");
  const where = master && !node.says?.includes(master.name) ? ` The master is ${[master.name, master.address].filter(Boolean).join(" at ")}.` : "";
  return `${node.says ?? `This broker is ${node.role}.`}${where}`;
}

/** A refusal of the broker, or none. */
export function trouble() {
  const element = el("p", { class: "trouble", role: "alert", hidden: true });
  const show = (error) => {
    element.hidden = !error;
    write(element, error ? [error.message, error.hint].filter(Boolean).join(" – ") : "");
  };
  return { element, show };
}
