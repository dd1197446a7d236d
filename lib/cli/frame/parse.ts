import { nearest } from "../../util/unknown-member.ts";
import type { Option } from "./option.ts";
import { HelpRequest, UsageError, VersionRequest } from "./usage-error.ts";

/**
 * Applies the flags of a command line to `settings`, in their order. A value is the word behind its flag, whatever it
 * begins with; `--name=value` is the same. Short flags cannot be joined, as in mosquitto's clients.
 *
 * @throws UsageError for an unknown flag and for missing or wrong values
 * @throws HelpRequest, VersionRequest when `--help` or `--version` comes first
 */
export function parse<Settings>(
  options: readonly Option<Settings>[],
  words: readonly string[],
  settings: Settings,
): Settings {
  const byName = new Map(options.flatMap((option) => option.names.map((name) => [name, option])));
  for (let place = 0; place < words.length; ) {
    const [name, attached] = split(words[place] ?? "", byName);
    const option = byName.get(name);
    if (option === undefined) throw failure(name, [...byName.keys()]);
    const following = [...attached, ...words.slice(place + 1, place + 1 + LONGEST)];
    const count = option.arity?.(following) ?? option.values?.length ?? 0;
    const values = following.slice(0, count);
    if (values.length < count) throw new UsageError(`${name} needs ${option.values?.join(" ")}.`);
    if (attached.length > count) throw new UsageError(`${name} takes no value.`);
    option.apply(settings, values, name);
    place += 1 + count - attached.length;
  }
  return settings;
}

/** The greatest number of values of a flag. */
const LONGEST = 4;

function split(word: string, known: ReadonlyMap<string, unknown>): [name: string, attached: string[]] {
  const end = word.startsWith("--") && !known.has(word) ? word.indexOf("=") : -1;
  return end < 0 ? [word, []] : [word.slice(0, end), [word.slice(end + 1)]];
}

function failure(word: string, names: readonly string[]): Error {
  if (word === "--help") return new HelpRequest();
  if (word === "--version") return new VersionRequest();
  if (!word.startsWith("-")) return new UsageError(`Unexpected argument '${word}'.`);
  return new UsageError(`Unknown option '${word}'.${suggestion(word, names)}`);
}

/** Returns a sentence with the name that was probably meant, or nothing. */
export function suggestion(word: string, names: readonly string[]): string {
  const long = names.filter((name) => name.startsWith("--"));
  const other = word.length === 2 && word.startsWith("-") ? otherCase(word, names) : undefined;
  const meant = other ?? nearest(word, word.startsWith("-") ? long : names);
  return meant === undefined ? "" : ` Did you mean ${meant}?`;
}

function otherCase(word: string, names: readonly string[]): string | undefined {
  return names.find((name) => name !== word && name.toLowerCase() === word.toLowerCase());
}
