// Small drawings of the last two minutes.

import { el, svg, write } from "./dom.js";
import { count, rate } from "./format.js";
import { memory } from "./state.js";

/** A line without words, for a table's cell: what waits. */
export function spark() {
  const [width, height] = [96, 24];
  const line = svg("path", { class: "line depth" });
  const area = svg("path", { class: "area depth" });
  const element = svg("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, area, line);
  const show = (samples) => {
    const top = Math.max(1, ...samples.map((it) => it.depth ?? 0));
    const points = place(samples, "depth", { width, height: height - 3, top, down: 2 });
    line.setAttribute("d", path(points));
    area.setAttribute("d", closed(points, height));
  };
  return { element, show };
}

/** What comes in and goes out, with words. */
export function flow(title) {
  const [width, height, left] = [640, 170, 0];
  const areas = { in: svg("path", { class: "area in" }), out: svg("path", { class: "area out" }) };
  const lines = { in: svg("path", { class: "line in" }), out: svg("path", { class: "line out" }) };
  const grid = [0, 0.5, 1].map((part) => {
    const y = 12 + (height - 24) * part;
    return svg("line", { class: "grid", x1: left, x2: width, y1: y, y2: y });
  });
  const picture = svg(
    "svg",
    { class: "flow", viewBox: `0 0 ${width} ${height}`, role: "img", preserveAspectRatio: "none" },
    ...grid, areas.in, areas.out, lines.in, lines.out,
  );
  const tops = [el("span"), el("span"), el("span", {}, "0")];
  const figures = { in: el("b"), out: el("b") };
  const element = el(
    "figure", { class: "card chart" },
    el("figcaption", {}, el("h2", {}, title),
      el("span", { class: "key in" }, "in ", figures.in, " /s"), el("span", { class: "key out" }, "out ", figures.out, " /s")),
    el("div", { class: "plot" }, el("div", { class: "scale", "aria-hidden": "true" }, ...tops), picture),
    el("div", { class: "times", "aria-hidden": "true" }, el("span", {}, "2 min ago"), el("span", {}, "now")),
  );
  const show = (samples) => {
    const top = ceiling(Math.max(1, ...samples.flatMap((it) => [it.in ?? 0, it.out ?? 0])));
    const now = samples.at(-1) ?? {};
    write(tops[0], count(top));
    write(tops[1], rate(top / 2));
    for (const way of ["in", "out"]) {
      const points = place(samples, way, { width, height: height - 24, top, down: 12 });
      lines[way].setAttribute("d", path(points));
      areas[way].setAttribute("d", closed(points, height - 12));
      write(figures[way], rate(now[way]));
    }
    picture.setAttribute("aria-label", `${title}: ${rate(now.in)} in and ${rate(now.out)} out each second`);
  };
  return { element, show };
}

/** The newest sample is at the right edge; what is not known is left out. */
function place(samples, what, { width, height, top, down }) {
  const step = width / (memory - 1);
  const first = memory - samples.length;
  const known = samples.map((it, place) => [(first + place) * step, it[what]]).filter(([, value]) => value != null);
  return known.map(([x, value]) => [x, down + height * (1 - value / top)]);
}

const path = (points) => points.map(([x, y], at) => `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

function closed(points, bottom) {
  if (points.length < 2) return "";
  return `${path(points)}L${points.at(-1)[0].toFixed(1)} ${bottom}L${points[0][0].toFixed(1)} ${bottom}Z`;
}

/** The next round number: 1, 2, 5, 10, 20, 50 … */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((it) => it * power).find((it) => it >= value);
}
