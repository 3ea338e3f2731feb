// Numbers, sizes and times as people read them.

const whole = new Intl.NumberFormat("en");
const tenths = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** 12,345 */
export const count = (value) => (value == null ? "–" : whole.format(value));

/** A rate: 0.4, 37, 12,345 */
export function rate(value) {
  if (value == null) return "–";
  return value < 10 ? tenths.format(value) : whole.format(Math.round(value));
}

/** 1.5 MB, in powers of 1024 as the broker's own settings. */
export function bytes(value) {
  if (value == null) return "–";
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? whole.format(value) : tenths.format(value)} ${units[unit]}`;
}

/** The two largest units of a time: 3 d 4 h */
export function span(seconds) {
  if (seconds == null) return "–";
  const parts = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const words = [];
  for (const [unit, length] of parts) {
    const many = Math.floor(seconds / length);
    seconds -= many * length;
    if (many > 0 || (unit === "s" && words.length === 0)) words.push(`${many} ${unit}`);
  }
  return words.slice(0, 2).join(" ");
}

/** A moment of the broker's, in milliseconds since 1970, in this browser's time. */
export function moment(milliseconds) {
  if (!milliseconds) return "–";
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return String(milliseconds);
  const two = (value) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** "1 message", "2 messages" */
export const many = (value, word) => `${count(value)} ${word}${value === 1 ? "" : "s"}`;
