// One message: its headers, its properties, and its body as text, JSON or hexadecimal.

import { el, fact } from "./dom.js";
import { bytes, moment } from "./format.js";

/** A message as a broker shows it. */
export function details(message, closed) {
  const heading = el("h2", { tabindex: "-1" }, "Message");
  const close = el("button", { type: "button", class: "quiet", "aria-label": "Close this message", onclick: closed }, "×");
  const element = el(
    "section", { class: "card message", "aria-label": `Message ${message.messageId}` },
    el("div", { class: "head" }, heading, close),
    el("dl", { class: "facts" }, headers(message).map(([word, text]) => fact(word, text))),
    properties(message.properties ?? {}),
    body(message),
  );
  return { element, focus: () => heading.focus() };
}

function headers(message) {
  const all = [
    ["JMSMessageID", message.messageId],
    ["Kind", `${message.kind}, ${bytes(message.bytes)}`],
    ["Sent", moment(message.timestamp)],
    ["JMSPriority", message.priority],
    ["Kept on disk", message.persistent ? "yes" : "no"],
    ["Expires", message.expiration ? moment(message.expiration) : "never"],
    ["Tried before", message.redeliveryCounter],
    ["JMSType", message.type],
    ["JMSCorrelationID", message.correlationId],
    ["JMSReplyTo", message.replyTo],
    ["JMSXGroupID", message.groupId],
    ["Was sent to", message.originalDestination],
    ["With a consumer", message.inFlight ? "yes" : null],
  ];
  return all.filter(([, text]) => text != null && text !== "").map(([word, text]) => [word, String(text)]);
}

function properties(all) {
  const names = Object.keys(all);
  if (names.length === 0) return null;
  const row = (name) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, said(all[name])));
  return el("table", { class: "properties" }, el("caption", {}, "Properties"), el("tbody", {}, names.map(row)));
}

const said = (value) => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value));

function body({ body: parts = {}, cut, kind }) {
  const views = ways(parts);
  const names = Object.keys(views);
  if (names.length === 0) return el("p", { class: "empty" }, kind === "message" ? "This kind of message has no body." : "Its body is empty.");
  const text = el("pre", { tabindex: "0", "aria-label": "Body" });
  const choose = (name) => { text.textContent = views[name]; };
  const choice = (name, at) => {
    const radio = el("input", { type: "radio", name: `body-${choices}`, checked: at === 0, onchange: () => choose(name) });
    return el("label", {}, radio, el("span", {}, name));
  };
  choices += 1;
  choose(names[0]);
  return el(
    "div", { class: "body" },
    el("fieldset", { class: "choice" }, el("legend", {}, "Body"), names.map(choice)), text,
    cut && el("p", { class: "hint" }, "The body is longer than what is shown."),
  );
}

let choices = 0;

/** How a body can be read; the first one is the best. */
function ways({ text, json, hex }) {
  const views = {};
  const parsed = text == null ? json : read(text);
  if (parsed != null) views.JSON = JSON.stringify(parsed, null, 2);
  if (text != null) views.Text = text;
  const pairs = hex ?? (text != null ? encoded(text) : null);
  if (pairs) views.Hex = dump(pairs);
  return views;
}

/** A number with so many digits would be shown as another one. */
const isTooLong = /\d{16}/;

function read(text) {
  if (!text || !/^\s*[[{]/.test(text) || isTooLong.test(text)) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const encoded = (text) => Array.from(new TextEncoder().encode(text), (it) => it.toString(16).padStart(2, "0")).join("");

/** Sixteen bytes in a line, with their place, and with the letters that they are. */
function dump(hex) {
  const all = hex.match(/[0-9a-fA-F]{2}/g) ?? [];
  const lines = [];
  for (let at = 0; at < all.length; at += 16) {
    const some = all.slice(at, at + 16);
    const letters = some.map((it) => letter(Number.parseInt(it, 16))).join("");
    lines.push(`${at.toString(16).padStart(8, "0")}  ${some.join(" ").padEnd(47)}  ${letters}`);
  }
  return lines.join("\n");
}

const letter = (byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".");
