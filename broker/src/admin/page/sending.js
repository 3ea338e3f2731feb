// A message of the user's own.

import { ask } from "./dialogs.js";
import { el, field } from "./dom.js";

/** Asks for a message, and has `act(message)` send it. */
export function askMessage(queue, act) {
  const body = el("textarea", { rows: "6", spellcheck: "false" });
  const inputs = {
    type: line(), correlationId: line(), replyTo: line(), groupId: line(),
    priority: el("input", { type: "number", min: "0", max: "9", value: "4" }),
    timeToLive: el("input", { type: "number", min: "0", placeholder: "for ever" }),
  };
  const persistent = el("input", { type: "checkbox", checked: true });
  const properties = propertyList();
  const more = el(
    "details", {}, el("summary", {}, "Headers and properties"),
    el("div", { class: "grid" },
      field("JMSType", inputs.type), field("JMSCorrelationID", inputs.correlationId),
      field("JMSReplyTo", inputs.replyTo), field("JMSXGroupID", inputs.groupId),
      field("JMSPriority", inputs.priority, "0 to 9"), field("Lives for", inputs.timeToLive, "in milliseconds, by this computer's clock")),
    properties.element,
  );
  return ask({
    title: `Send to ${queue}`,
    fields: [field("Body", body), el("label", { class: "check" }, persistent, " kept on disk (persistent)"), more],
    verb: "Send",
    act: () => act({ body: body.value, persistent: persistent.checked, headers: headers(inputs), properties: properties.values() }),
  });
}

const line = () => el("input", { type: "text", autocomplete: "off", spellcheck: "false", autocapitalize: "off" });

function headers({ priority, timeToLive, ...words }) {
  const said = { priority: Number(priority.value || 4) };
  if (Number(timeToLive.value) > 0) said.expiration = Date.now() + Number(timeToLive.value);
  for (const [name, { value }] of Object.entries(words)) {
    if (value.trim() !== "") said[name] = value.trim();
  }
  return said;
}

function propertyList() {
  const rows = [];
  const list = el("div");
  const add = () => {
    const [name, value] = [line(), line()];
    const gone = el("button", { type: "button", class: "quiet", "aria-label": "Leave this property out" }, "×");
    const row = el("div", { class: "property" }, field("Property", name), field("Value", value), gone);
    const entry = { name, value };
    gone.addEventListener("click", () => { rows.splice(rows.indexOf(entry), 1); row.remove(); more.focus(); });
    rows.push(entry);
    list.append(row);
    name.focus();
  };
  const more = el("button", { type: "button", onclick: add }, "Another property");
  const values = () => Object.fromEntries(rows.filter((it) => it.name.value).map((it) => [it.name.value, it.value.value]));
  return { element: el("div", {}, list, more), values };
}
