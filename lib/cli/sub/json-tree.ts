/** A value of JSON that keeps the order and the repeats of its names. A text is a number, a string or a word. */
export type JsonTree =
  | string
  | readonly JsonTree[]
  | { readonly members: readonly (readonly [string, JsonTree])[] };

const TOKEN = /[ \t\r\n]*("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[[\]{}:,])/y;
const END = /[ \t\r\n]*$/y;

/** The greatest depth, as in cJSON. */
const DEEPEST = 1_000;

/** Parses JSON. It throws a `SyntaxError` for any other text. */
export function parseJsonTree(text: string): JsonTree {
  let place = 0;
  const next = (): string => {
    TOKEN.lastIndex = place;
    const [whole = "", token = ""] = TOKEN.exec(text) ?? [];
    if (token === "") throw new SyntaxError("Not JSON");
    place += whole.length;
    return token;
  };
  const skip = (expected: string): void => {
    if (next() !== expected) throw new SyntaxError("Not JSON");
  };
  const isNext = (expected: string): boolean => {
    const before = place;
    if (next() === expected) return true;
    place = before;
    return false;
  };
  /** Reads what `read` reads, separated by commas, until the closing bracket. */
  const list = <T>(close: string, read: () => T): T[] => {
    const items: T[] = [];
    if (isNext(close)) return items;
    for (;;) {
      items.push(read());
      if (isNext(close)) return items;
      skip(",");
    }
  };
  const readValue = (depth: number): JsonTree => {
    if (depth > DEEPEST) throw new SyntaxError("Too deep");
    const token = next();
    if (token === "[") return list("]", () => readValue(depth + 1));
    if (token === "{") return { members: list("}", () => readMember(depth + 1)) };
    if ("]}:,".includes(token)) throw new SyntaxError("Not JSON");
    return normalize(token);
  };
  const readMember = (depth: number): [string, JsonTree] => {
    const name: unknown = JSON.parse(next());
    if (typeof name !== "string") throw new SyntaxError("Not JSON");
    skip(":");
    return [name, readValue(depth)];
  };
  const tree = readValue(0);
  END.lastIndex = place;
  if (!END.test(text)) throw new SyntaxError("Not JSON");
  return tree;
}

/** Returns a string, number or word in its usual form. */
function normalize(token: string): string {
  const value: unknown = JSON.parse(token);
  if (typeof value !== "number") return JSON.stringify(value);
  // A whole number beyond the precision of a double stays as it is.
  return /^-?\d+$/.test(token) && !Number.isSafeInteger(value) ? token : formatNumber(value);
}

const MOST_DIGITS = 17;
const USUAL_DIGITS = 15;

/** Formats a number as cJSON does: with 15 digits if that is the number, else with 17. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "null";
  const usual = general(value, USUAL_DIGITS);
  const isSame = Math.abs(Number(usual) - value) <= Math.abs(value) * Number.EPSILON;
  return isSame ? usual : general(value, MOST_DIGITS);
}

/** Formats a number as %g of printf(3). */
function general(value: number, digits: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa = "", exponentText = ""] = value.toExponential(digits - 1).split("e");
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < digits) return trim(value.toFixed(digits - 1 - exponent));
  const sign = exponent < 0 ? "-" : "+";
  return `${trim(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

const trim = (text: string): string => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

/** Prints JSON on one line, or with `isPretty` as cJSON does. */
export function printJsonTree(tree: JsonTree, isPretty: boolean, depth = 0): string {
  if (typeof tree === "string") return tree;
  if (!("members" in tree)) {
    const items = tree.map((item) => printJsonTree(item, isPretty, depth + 1));
    return `[${items.join(isPretty ? ", " : ",")}]`;
  }
  const tabs = "\t".repeat(depth);
  const members = tree.members.map(([name, value]) => {
    const text = printJsonTree(value, isPretty, depth + 1);
    return isPretty ? `${tabs}\t${JSON.stringify(name)}:\t${text}` : `${JSON.stringify(name)}:${text}`;
  });
  if (!isPretty) return `{${members.join(",")}}`;
  return `{\n${members.join(",\n")}${members.length > 0 ? "\n" : ""}${tabs}}`;
}
