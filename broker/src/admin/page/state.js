// What is known of the broker now, and what it was in the last two minutes.

/** So many samples are kept, one each second. */
export const memory = 120;
/** Of so many destinations. */
const most = 1000;

/** The page's picture of the broker. */
export class State {
  node = null;
  queues = [];
  topics = [];
  isLive = false;
  #past = new Map();

  /** Takes what the broker has told. `at` is in seconds. */
  take({ node, queues, topics }, at) {
    if (node) this.node = node;
    this.queues = queues ?? [];
    this.topics = topics ?? [];
    this.#note("", node?.figures && { ...node.figures, depth: node.figures.messages }, at);
    for (const it of this.queues) this.#note(`queue:${it.name}`, it, at);
    for (const it of this.topics) this.#note(`topic:${it.name}`, it, at);
    this.#forget(at);
  }

  get isMaster() {
    return this.node?.role === "master";
  }

  /** Samples `{ at, depth, in, out }` of a destination, or of all together. */
  past(kind, name) {
    return this.#past.get(kind ? `${kind}:${name}` : "")?.samples ?? [];
  }

  /** The last of them. */
  now(kind, name) {
    return this.past(kind, name).at(-1) ?? { depth: null, in: null, out: null };
  }

  #note(key, figures, at) {
    if (!figures || (!this.#past.has(key) && this.#past.size >= most)) return;
    const past = this.#past.get(key) ?? { samples: [], last: null };
    this.#past.set(key, past);
    past.samples.push({ at, depth: figures.depth, ...rates(past.last, figures, at) });
    past.samples.splice(0, past.samples.length - memory);
    past.last = { at, enqueued: figures.enqueued, dequeued: figures.dequeued };
  }

  /** What is gone is not remembered for longer than it would be drawn. */
  #forget(at) {
    for (const [key, { last }] of this.#past) {
      if (at - last.at > memory) this.#past.delete(key);
    }
  }
}

/** Each second. Counters begin anew with another master. */
function rates(last, { enqueued, dequeued }, at) {
  const time = last ? at - last.at : 0;
  const each = (now, before) => (time > 0 && now >= before ? (now - before) / time : null);
  return { in: each(enqueued, last?.enqueued), out: each(dequeued, last?.dequeued) };
}
