// One queue: its figures, its messages, and what can be done with them.

import { act } from "./api.js";
import { flow } from "./chart.js";
import { confirmed, permitted } from "./dialogs.js";
import { el, write } from "./dom.js";
import { count, many } from "./format.js";
import { askTarget } from "./moving.js";
import { messages } from "./messages.js";
import { note, notMaster, trouble } from "./notices.js";
import { askMessage } from "./sending.js";

export function queue(name, state) {
  const list = messages(name, () => offered());
  const chart = flow("Messages");
  const refused = trouble();
  const notice = notMaster();
  const figures = ["depth", "inFlight", "consumers", "producers"].map((it) => ({ it, value: el("b") }));
  const words = { depth: "waiting", inFlight: "in flight", consumers: "consumers", producers: "producers" };
  const tiles = figures.map(({ it, value }) => el("div", { class: "card tile" }, value, el("span", {}, words[it])));
  const buttons = {
    send: button("Send …", send),
    move: button("Move …", () => carry("move")),
    copy: button("Copy …", () => carry("copy")),
    retry: button("Retry …", retry),
    purge: button("Purge …", purge, "danger"),
    remove: button("Delete …", remove, "danger"),
  };
  buttons.retry.hidden = !isForDeadLetters(name);
  const tools = el("div", { class: "actions", role: "toolbar", "aria-label": "What can be done" }, Object.values(buttons));
  const contents = el("div", { class: "page" }, el("div", { class: "traffic" }, el("div", { class: "tiles" }, tiles), chart.element), tools, refused.element, list.element);
  const element = el("div", { class: "page" }, el("h1", {}, el("a", { class: "back", href: "#/queues" }, "Queues"), " / ", name), notice.element, contents);
  let isAsked = false;

  function show() {
    notice.show(state);
    contents.hidden = !state.isMaster;
    if (!state.isMaster) return;
    if (!isAsked) { isAsked = true; list.again(); }
    const now = state.queues.find((it) => it.name === name);
    for (const { it, value } of figures) write(value, count(now?.[it]));
    chart.show(state.past("queue", name));
  }

  function offered() {
    const isSaid = list.subject() !== null;
    buttons.move.disabled = !isSaid;
    buttons.copy.disabled = !isSaid;
    buttons.move.title = isSaid ? "" : "Choose messages, or use a selector";
    buttons.copy.title = buttons.move.title;
  }

  /** Does it with the user's proof, says so, and shows what is there now. */
  async function perform(action, body, said) {
    const { done } = await permitted(state, () => act(name, action, body));
    note(said(done ?? 0));
    return done;
  }

  function send() {
    return askMessage(name, (message) => perform("send", message, () => `Sent to ${name}.`)).then(look);
  }

  function carry(action) {
    const subject = list.subject();
    const what = subject.messageIds ? many(subject.messageIds.length, "chosen message") : `all messages with ${subject.selector}`;
    const past = action === "move" ? "moved" : "copied";
    const isDone = (to) => perform(action, { ...subject, to }, (done) => `${many(done, "message")} ${past} to ${to}.`);
    return askTarget({ action, what, from: name, others: state.queues, act: isDone }).then(look);
  }

  function retry() {
    const ids = [...list.chosen];
    const body = ids.length ? { messageIds: ids } : { all: true };
    const what = ids.length ? many(ids.length, "chosen message") : "all messages of this queue";
    const act = () => perform("retry", body, (done) => `${many(done, "message")} sent back to where they came from.`);
    return askTarget({ action: "retry", what, from: name, act }).then(look);
  }

  function purge() {
    const text = "All messages of this queue are removed. Nobody gets them back.";
    const act = (confirm) => perform("purge", { confirm }, (done) => `${many(done, "message")} removed from ${name}.`);
    return confirmed({ title: `Purge ${name}`, text, name, verb: "Remove all messages", act }).then(look);
  }

  async function remove() {
    const text = "The queue and all of its messages are removed. Nobody gets them back.";
    const act = (confirm) => perform("delete", { confirm }, () => `${name} was deleted.`);
    if (await confirmed({ title: `Delete ${name}`, text, name, verb: "Delete the queue", act })) location.hash = "#/queues";
  }

  const look = (isDone) => (isDone ? list.again() : null);

  offered();
  return { title: name, element, show, close: list.close };
}

const button = (text, pressed, look = "") => el("button", { type: "button", class: look, onclick: pressed }, text);

/** Queues of dead letters are named after ActiveMQ's, or after the queue whose letters they have. */
const isForDeadLetters = (name) => /(^|\.)DLQ(\.|$)/i.test(name);
