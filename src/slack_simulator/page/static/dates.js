// Times as Slack writes them, in the time zone of whoever looks.

const DAY = 86_400_000;

/** A message's ts ("1700000000.000100") as a Date. */
export function whenOf(ts) {
  return new Date(Number.parseFloat(ts) * 1000);
}

/** "10:42 AM". */
export function clockTime(when) {
  return when.toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit" });
}

/** "Today", "Yesterday" or "Monday, November 16th", as on a day's divider. */
export function dayName(when, now = new Date()) {
  const pretty = nearby(when, now);
  if (pretty) return pretty;
  const weekday = when.toLocaleDateString("en-US", { weekday: "long" });
  return `${weekday}, ${monthAndDay(when)}`;
}

/** "2 minutes ago", the age of a thread's last reply. */
export function age(when, now = new Date()) {
  const seconds = Math.max(0, (now - when) / 1000);
  const steps = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ];
  for (const [unit, length] of steps) {
    const count = Math.floor(seconds / length);
    if (count >= 1) return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
  }
  return "less than a minute ago";
}

/** The tokens of `<!date^…>` (docs.slack.dev/messaging/formatting-message-text#date-formatting). */
const TOKENS = {
  date_num: (when) => `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`,
  date_slash: (when) => `${two(when.getMonth() + 1)}/${two(when.getDate())}/${when.getFullYear()}`,
  date_long: (when) =>
    `${when.toLocaleDateString("en-US", { weekday: "long" })}, ${monthAndDay(when)}, ${when.getFullYear()}`,
  date_long_full: (when) => `${monthAndDay(when)}, ${when.getFullYear()}`,
  date_long_pretty: (when) => nearby(when)?.toLowerCase() ?? TOKENS.date_long(when),
  date: (when) => `${monthAndDay(when)}, ${when.getFullYear()}`,
  date_pretty: (when) => nearby(when)?.toLowerCase() ?? TOKENS.date(when),
  date_short: (when) => when.toLocaleDateString("en-US", { month: "short", day: "numeric", year: "numeric" }),
  date_short_pretty: (when) => nearby(when)?.toLowerCase() ?? TOKENS.date_short(when),
  day_divider_pretty: (when) => dayName(when),
  time: clockTime,
  time_secs: (when) => when.toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago: (when) => age(when),
};

/** `format` with its `{tokens}` filled in for a time in seconds; null where the time or a token is none of Slack's. */
export function formatDate(seconds, format) {
  const when = new Date(Number(seconds) * 1000);
  if (Number.isNaN(when.getTime())) return null;
  let known = true;
  const text = format.replace(/\{(\w+)\}/g, (whole, token) => {
    known &&= token in TOKENS;
    return TOKENS[token]?.(when) ?? whole;
  });
  return known ? text : null;
}

function nearby(when, now = new Date()) {
  const days = Math.round((midnight(now) - midnight(when)) / DAY);
  return { 0: "Today", 1: "Yesterday", "-1": "Tomorrow" }[String(days)] ?? null;
}

function midnight(when) {
  return new Date(when.getFullYear(), when.getMonth(), when.getDate()).getTime();
}

function monthAndDay(when) {
  const day = when.getDate();
  const ending = day % 100 > 10 && day % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th");
  return `${when.toLocaleDateString("en-US", { month: "long" })} ${day}${ending}`;
}

function two(number) {
  return String(number).padStart(2, "0");
}
