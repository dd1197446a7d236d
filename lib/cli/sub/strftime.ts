import { performance } from "node:perf_hooks";

/** A moment: a date to the second, and the rest. */
export interface Moment {
  readonly date: Date;
  readonly nanoseconds: number;
}

/** Returns the present, to the microsecond. */
export function now(): Moment {
  const milliseconds = performance.timeOrigin + performance.now();
  const date = new Date(Math.floor(milliseconds / 1000) * 1000);
  return { date, nanoseconds: Math.floor((milliseconds - date.getTime()) * 1000) * 1000 };
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  ...["January", "February", "March", "April", "May", "June", "July"],
  ...["August", "September", "October", "November", "December"],
];

const two = (value: number): string => String(value).padStart(2, "0");
const spaced = (value: number): string => String(value).padStart(2, " ");

/** Conversions of strftime(3) that are made of others, in the C locale. */
const COMPOSED: Readonly<Record<string, string>> = {
  c: "%a %b %e %H:%M:%S %Y",
  D: "%m/%d/%y",
  F: "%Y-%m-%d",
  h: "%b",
  r: "%I:%M:%S %p",
  R: "%H:%M",
  T: "%H:%M:%S",
  x: "%m/%d/%y",
  X: "%H:%M:%S",
};

const SIMPLE: Readonly<Record<string, (date: Date) => string>> = {
  "%": () => "%",
  a: (date) => (DAYS[date.getDay()] ?? "").slice(0, 3),
  A: (date) => DAYS[date.getDay()] ?? "",
  b: (date) => (MONTHS[date.getMonth()] ?? "").slice(0, 3),
  B: (date) => MONTHS[date.getMonth()] ?? "",
  C: (date) => two(Math.floor(date.getFullYear() / 100)),
  d: (date) => two(date.getDate()),
  e: (date) => spaced(date.getDate()),
  g: (date) => two(toIsoWeek(date).year % 100),
  G: (date) => String(toIsoWeek(date).year),
  H: (date) => two(date.getHours()),
  I: (date) => two(toTwelve(date)),
  j: (date) => String(toDayOfYear(date) + 1).padStart(3, "0"),
  k: (date) => spaced(date.getHours()),
  l: (date) => spaced(toTwelve(date)),
  m: (date) => two(date.getMonth() + 1),
  M: (date) => two(date.getMinutes()),
  n: () => "\n",
  p: (date) => (date.getHours() < 12 ? "AM" : "PM"),
  P: (date) => (date.getHours() < 12 ? "am" : "pm"),
  s: (date) => String(Math.floor(date.getTime() / 1000)),
  S: (date) => two(date.getSeconds()),
  t: () => "\t",
  u: (date) => String(date.getDay() || 7),
  U: (date) => two(Math.floor((toDayOfYear(date) + 7 - date.getDay()) / 7)),
  V: (date) => two(toIsoWeek(date).week),
  w: (date) => String(date.getDay()),
  W: (date) => two(Math.floor((toDayOfYear(date) + 7 - ((date.getDay() + 6) % 7)) / 7)),
  y: (date) => two(date.getFullYear() % 100),
  Y: (date) => String(date.getFullYear()),
  z: toOffset,
  Z: toZoneName,
};

/** Formats a date in the time zone of the process, as strftime(3) does in the C locale. */
export function strftime(format: string, date: Date): string {
  return format.replaceAll(/%(.)/gs, (whole, conversion: string) => {
    const composed = COMPOSED[conversion];
    if (composed !== undefined) return strftime(composed, date);
    return SIMPLE[conversion]?.(date) ?? whole;
  });
}

const toTwelve = (date: Date): number => date.getHours() % 12 || 12;

const DAY = 86_400_000;

/** Returns the number of days since the first of January. */
function toDayOfYear(date: Date): number {
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
  return Math.round((Date.UTC(year, month, day) - Date.UTC(year, 0, 1)) / DAY);
}

/** Returns the week of ISO 8601 and its year: the week belongs to the year of its Thursday. */
function toIsoWeek(date: Date): { year: number; week: number } {
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
  const thursday = new Date(Date.UTC(year, month, day + 4 - (date.getDay() || 7)));
  const dayOfYear = (thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / DAY;
  return { year: thursday.getUTCFullYear(), week: Math.floor(dayOfYear / 7) + 1 };
}

function toOffset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const distance = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(distance / 60))}${two(distance % 60)}`;
}

/** Locales in which time zones have their abbreviations. */
const LOCALES = ["en-US", "en-GB", "en-AU", "en-IN", "en-ZA"];

/** Returns the abbreviation of the time zone; where no locale has one, the offset in hours. */
function toZoneName(date: Date): string {
  for (const locale of LOCALES) {
    const parts = new Intl.DateTimeFormat(locale, { timeZoneName: "short" }).formatToParts(date);
    const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
    if (/^[A-Z]{2,5}$/.test(name)) return name;
  }
  return toOffset(date).replace(/00$/, "");
}
