/**
 * Names of other libraries, each with its counterpart here: a name, or a sentence with a full stop. Keys are in lower
 * case, without underscores.
 */
export type Counterparts = Readonly<Record<string, string>>;

/**
 * Returns the text of an error about an unknown member. It has the name that was probably meant, and all names.
 *
 * @param what the member, as in "option keepAlive"
 */
export function unknownMember(
  what: string,
  member: string,
  names: readonly string[],
  counterparts: Counterparts = {},
): string {
  const known = ` are ${names.join(", ")}`;
  const meant = Object.hasOwn(counterparts, plain(member))
    ? counterparts[plain(member)]
    : nearest(member, names);
  if (meant === undefined) return `There is no ${what}; there${known}`;
  return `There is no ${what}${meant.endsWith(".") ? `. ${meant}` : `: did you mean ${meant}?`} There${known}`;
}

/** Returns a name in a form common to all conventions: `client_id`, `clientID` and `ClientId` are the same. */
function plain(name: string): string {
  return name.replace(/[_-]/g, "").toLowerCase();
}

/** The length beyond which a name is not compared, because the time grows with the length. */
const LONGEST = 64;
/** The length below which a name is the beginning of too many. */
const SHORTEST_BEGINNING = 4;

/** Returns the one of `names` that resembles `name` most; undefined if none does. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const given = plain(name);
  if (given === "" || given.length > LONGEST) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(given.length / 3)) + 1; // more changes would make another word
  for (const each of names) {
    const distance = distanceBetween(given, plain(each));
    if (distance < least) {
      least = distance;
      best = each;
    }
  }
  return least <= 1 ? best : (theOneThatBegins(given, names) ?? best);
}

function theOneThatBegins(given: string, names: readonly string[]): string | undefined {
  if (given.length < SHORTEST_BEGINNING) return undefined;
  const [first, another] = names.filter((each) => plain(each).startsWith(given));
  return another === undefined ? first : undefined;
}

/** Returns the number of characters to change, add, remove or swap with a neighbour (optimal string alignment). */
function distanceBetween(a: string, b: string): number {
  let [beforeLast, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        at(row, j - 1) + 1,
        at(last, j) + 1,
        at(last, j - 1) + change,
        isSwapped ? at(beforeLast, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [beforeLast, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] as number;
}
