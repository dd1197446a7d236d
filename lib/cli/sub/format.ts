import { UsageError } from "../frame/usage-error.ts";

/** A field of a format, such as `%-10.5t`. */
export interface Field {
  readonly kind: "field";
  readonly conversion: string;
  readonly isLeft: boolean;
  readonly pad: " " | "0";
  readonly width: number;
  /** Undefined without one. */
  readonly precision: number | undefined;
}

/** A part of the time, such as `@H`: a conversion of strftime(3), or N for nanoseconds. */
export interface TimeField {
  readonly kind: "time";
  readonly conversion: string;
}

/** A format of `-F`, as its parts. */
export type Format = readonly (string | Field | TimeField)[];

const CONVERSIONS = "%ACDEFIjJlmpPqrRStUxX";
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\",
  "0": "\0",
  a: "\x07",
  e: "\x1b",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

const PART =
  /%(?<left>-?)(?<zero>0?)(?<width>\d*)(?:\.(?<precision>\d*))?(?<conversion>[\s\S]?)|@(?<time>[\s\S]?)|\\(?<escape>[\s\S]?)|[^%@\\]+/gu;

/** Parses a format of `-F`. It throws a `UsageError` for one that mosquitto's clients refuse. */
export function parseFormat(text: string): Format {
  return [...text.matchAll(PART)].map(([whole, left, zero, width, precision, conversion, time, escaped]) => {
    if (conversion !== undefined) return toField(conversion, left !== "", zero, width, precision);
    if (time !== undefined) return toTime(time);
    return escaped === undefined ? whole : toEscape(escaped);
  });
}

function toField(
  conversion: string,
  isLeft: boolean,
  zero: string | undefined,
  width: string | undefined,
  precision: string | undefined,
): string | Field {
  if (conversion === "") throw new UsageError("-F has an incomplete field at its end.");
  if (!CONVERSIONS.includes(conversion)) {
    throw new UsageError(
      `-F has an unknown field: '%${conversion}'. There are ${[...CONVERSIONS].join(" ")}.`,
    );
  }
  if (conversion === "%") return "%";
  return {
    kind: "field",
    conversion,
    isLeft,
    pad: zero === "0" && !isLeft ? "0" : " ",
    width: Number(width),
    precision: precision === undefined ? undefined : Number(precision),
  };
}

function toTime(conversion: string): string | TimeField {
  if (conversion === "") throw new UsageError("-F has an incomplete time field at its end.");
  return conversion === "@" ? "@" : { kind: "time", conversion };
}

function toEscape(escaped: string): string {
  const character = ESCAPES[escaped];
  if (character !== undefined) return character;
  const known = Object.keys(ESCAPES).join(" ");
  throw new UsageError(`-F has an unknown escape: '\\${escaped}'. Behind a backslash can be ${known}.`);
}
