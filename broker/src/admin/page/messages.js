// The messages of a queue: looked at page by page, with a selector, and chosen.

import { get } from "./api.js";
import { el, field, write } from "./dom.js";
import { bytes, count, moment } from "./format.js";
import { details } from "./message.js";
import { trouble } from "./notices.js";
import { table } from "./table.js";

const page = 50;

/** The messages of a queue; `changed()` is told when others are chosen. */
export function messages(queue, changed) {
  const chosen = new Set();
  const selector = el("input", { type: "text", spellcheck: "false", autocomplete: "off", autocapitalize: "off", placeholder: "colour = 'red' AND size > 3" });
  const refused = trouble();
  const opened = el("div", { class: "opened" });
  const status = el("p", { class: "shown", role: "status" });
  const back = el("button", { type: "button", onclick: () => look(before.pop() ?? "", "back") }, "Previous");
  const forth = el("button", { type: "button", onclick: () => { before.push(here); look(next); } }, "Next");
  const all = el("input", { type: "checkbox", "aria-label": "Choose all on this page", onchange: () => choose(list.rows(), all.checked) });
  const list = table({ caption: "Messages", empty: "No message here.", key: (it) => it.messageId, columns: columns() });
  const search = el("form", { class: "search", role: "search" }, field("Selector", selector), el("button", { type: "submit" }, "Look"));
  const leaving = new AbortController();
  let [before, here, next, used] = [[], "", null, ""];
  const element = el(
    "section", { class: "page", "aria-label": "Messages" },
    el("div", { class: "tools" }, search, el("label", { class: "check" }, all, " all on this page"), status, el("div", { class: "buttons" }, back, forth)),
    refused.element, opened, list.element,
  );
  search.addEventListener("submit", (event) => { event.preventDefault(); again(); });

  async function look(after) {
    try {
      const answer = await get(`queues/${encodeURIComponent(queue)}/messages`, { selector: used, after, limit: page }, leaving.signal);
      [here, next] = [after, answer.next];
      refused.show(null);
      chosen.clear();
      list.update(answer.messages);
      told();
    } catch (error) {
      if (error.name !== "AbortError") refused.show(error);
    }
  }

  /** From the first message on. */
  async function again() {
    used = selector.value.trim();
    before = [];
    close();
    await look("");
  }

  function columns() {
    const check = { title: "", class: "check", make: () => el("input", { type: "checkbox" }), show: box };
    const id = { title: "Message", class: "wide", make: () => el("button", { type: "button", class: "open" }), show: opener };
    return [
      check, id,
      { title: "Sent", text: (it) => moment(it.timestamp) },
      { title: "Kind", text: (it) => it.kind },
      { title: "Size", figure: true, text: (it) => bytes(it.bytes) },
      { title: "Priority", figure: true, text: (it) => count(it.priority) },
      { title: "Tried", figure: true, text: (it) => count(it.redeliveryCounter) },
      { title: "Body", class: "preview", text: (it) => preview(it) },
    ];
  }

  function box(input, message) {
    input.setAttribute("aria-label", `Choose ${message.messageId}`);
    input.checked = chosen.has(message.messageId);
    input.onchange = () => choose([message], input.checked);
  }

  function opener(button, message) {
    write(button, message.messageId);
    button.onclick = () => open(message, button);
  }

  function open(message, from) {
    const shown = details(message, () => { close(); from.focus(); });
    opened.replaceChildren(shown.element);
    shown.focus();
  }

  const close = () => opened.replaceChildren();

  function choose(some, isChosen) {
    for (const { messageId } of some) isChosen ? chosen.add(messageId) : chosen.delete(messageId);
    list.update(list.rows());
    told();
  }

  function told() {
    const rows = list.rows();
    back.disabled = here === "" && before.length === 0;
    forth.disabled = !next;
    all.checked = rows.length > 0 && chosen.size === rows.length;
    all.disabled = rows.length === 0;
    write(status, chosen.size > 0 ? `${count(chosen.size)} chosen` : `${count(rows.length)} on this page`);
    changed();
  }

  /** What an action is for: the chosen ones, or all that the selector wants; null if neither is said. */
  function subject() {
    if (chosen.size > 0) return { messageIds: [...chosen] };
    return used ? { selector: used } : null;
  }

  return { element, again, subject, chosen, close: () => leaving.abort() };
}

function preview({ body, kind }) {
  const text = body?.text ?? (body?.json == null ? null : JSON.stringify(body.json)) ?? body?.hex ?? "";
  return text ? text.slice(0, 120) : `(${kind})`;
}
