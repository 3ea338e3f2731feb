// What the broker tells each second. A lost link is tried again for as long as the page is open.

import { address, headers } from "./api.js";

/** Longer than that without a word, a link is lost. */
const patience = 5000;
const pause = 1000;

/** Hands each event to `heard(name, data)`; `linked(isLive, why)` is told when the link comes and goes. */
export async function listen(heard, linked) {
  for (;;) {
    let why = "the broker has ended the connection";
    try {
      await once(heard, linked);
    } catch (error) {
      why = error.message;
    }
    linked(false, why);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

async function once(heard, linked) {
  const silence = new AbortController();
  let timer;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), patience);
  };
  try {
    alive();
    const response = await fetch(address("events"), { headers: headers(), signal: silence.signal, cache: "no-store" });
    if (!response.ok) throw new Error(`it answers with status ${response.status}`);
    const lines = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ; ) {
      const { value, done } = await lines.read();
      if (done) return;
      alive();
      const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) tell(block, heard, linked);
    }
  } catch (error) {
    throw silence.signal.aborted ? new Error("it says nothing") : unreachable(error);
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

const unreachable = (error) => (error instanceof TypeError ? new Error("it cannot be reached") : error);

/** One event: lines with a field each. */
function tell(block, heard, linked) {
  let name = "message";
  const data = [];
  for (const line of block.split("\n")) {
    const [field, ...rest] = line.split(":");
    const value = rest.join(":").replace(/^ /, "");
    if (field === "event") name = value;
    if (field === "data") data.push(value);
  }
  if (data.length === 0) return;
  linked(true);
  heard(name, JSON.parse(data.join("\n")));
}
