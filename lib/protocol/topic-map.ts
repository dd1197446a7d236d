import { format } from "../util/check.ts";
import { Topic, toText, validateTopic, validateWildcard, Wildcard } from "./topic.ts";

interface Entry<T> {
  readonly filter: string;
  value: T;
}

/** A level of filters. `children` are the levels below, by their text; wildcards are among them. */
interface Level<T> {
  children?: Map<string, Level<T>> | undefined;
  /** The filters that end here: one without `$share`, and one for each shared subscription. */
  entries?: Entry<T>[] | undefined;
}

/** Topics whose values are remembered: programs receive few topics often. */
const MAX_REMEMBERED = 16_384;

/**
 * A map from topic filters to values that finds the values of all filters that match a topic. The time for that grows
 * with the levels of the topic, not with the number of filters. It has the semantics of `Map`, in the order of
 * insertion. A filter matches as in `Topic.matches`. `$share/<group>/<filter>` matches as its filter, and is an entry
 * of its own.
 *
 * @throws {TypeError} when a filter or topic is neither a string nor a `Wildcard` nor a `Topic`.
 * @throws {RangeError} when a string is not a valid filter or topic.
 */
export class TopicMap<T> implements Iterable<[filter: string, value: T]> {
  readonly #root: Level<T> = {};
  readonly #entries = new Map<string, Entry<T>>();
  /** Made at the first match: a client without streams has none. */
  #remembered: Map<string, readonly T[]> | undefined;

  constructor(entries: Iterable<readonly [filter: string | Wildcard | Topic, value: T]> = []) {
    for (const [filter, value] of entries) this.set(filter, value);
  }

  /** The number of filters. */
  get size(): number {
    return this.#entries.size;
  }

  /** Sets the value of a filter. */
  set(filter: string | Wildcard | Topic, value: T): this {
    const text = filterText(filter);
    this.#remembered?.clear();
    const known = this.#entries.get(text);
    if (known) {
      known.value = value;
      return this;
    }
    const entry = { filter: text, value };
    this.#entries.set(text, entry);
    const level = splitLevels(text).reduce(ensureChild<T>, this.#root);
    level.entries ??= [];
    level.entries.push(entry);
    return this;
  }

  /** Returns the value of exactly this filter; undefined when it has none. */
  get(filter: string | Wildcard | Topic): T | undefined {
    return this.#entries.get(filterText(filter))?.value;
  }

  /** Returns whether exactly this filter has a value. */
  has(filter: string | Wildcard | Topic): boolean {
    return this.#entries.has(filterText(filter));
  }

  /** Removes a filter. Returns whether it had a value. */
  delete(filter: string | Wildcard | Topic): boolean {
    const text = filterText(filter);
    if (!this.#entries.delete(text)) return false;
    this.#remembered?.clear();
    removeFrom(this.#root, text);
    return true;
  }

  /** Removes all filters. */
  clear(): void {
    for (const filter of [...this.#entries.keys()]) this.delete(filter);
  }

  /** Returns the values of all filters that match a topic, each once, in no particular order. */
  match(topic: string | Topic): T[] {
    return this.#matching(topicText(topic)).slice();
  }

  #matching(topic: string): readonly T[] {
    this.#remembered ??= new Map();
    const remembered = this.#remembered.get(topic);
    if (remembered) return remembered;
    const values = matchesBelow(this.#root, topic).map(({ value }) => value);
    if (this.#remembered.size === MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(topic, values);
    return values;
  }

  /** Iterates over the filters and their values. */
  *[Symbol.iterator](): IterableIterator<[filter: string, value: T]> {
    for (const { filter, value } of this.#entries.values()) yield [filter, value];
  }
}

function filterText(filter: unknown): string {
  const text = toText(filter);
  if (!(filter instanceof Wildcard)) validateWildcard(text);
  return text as string;
}

function topicText(topic: unknown): string {
  if (topic instanceof Topic) return topic.value;
  if (topic instanceof Wildcard)
    throw new TypeError(`Topic must be a string or a Topic, not ${format(topic)}`);
  validateTopic(topic);
  return topic;
}

function splitLevels(filter: string): string[] {
  const levels = filter.split("/");
  return levels[0] === "$share" ? levels.slice(2) : levels;
}

function ensureChild<T>(parent: Level<T>, text: string): Level<T> {
  parent.children ??= new Map();
  const known = parent.children.get(text);
  if (known) return known;
  const child: Level<T> = {};
  parent.children.set(text, child);
  return child;
}

/** Removes an entry, and the levels that nothing needs any more. */
function removeFrom<T>(root: Level<T>, filter: string): void {
  const levels = splitLevels(filter);
  const path = [root];
  for (const text of levels) path.push(ensureChild(path.at(-1) ?? root, text));
  const last = path.at(-1) ?? root;
  last.entries = last.entries?.filter((entry) => entry.filter !== filter);
  if (last.entries?.length === 0) last.entries = undefined;
  for (let depth = levels.length; depth > 0; depth--) {
    const level = path[depth];
    if (level?.entries || level?.children) return;
    const parent = path[depth - 1];
    parent?.children?.delete(levels[depth - 1] ?? "");
    if (parent?.children?.size === 0) parent.children = undefined;
  }
}

/** Walks level by level, because a topic may have more levels than a recursion could. */
function matchesBelow<T>(root: Level<T>, topic: string): Entry<T>[] {
  const matches: Entry<T>[] = [];
  const add = (level: Level<T> | undefined) => {
    for (const entry of level?.entries ?? []) matches.push(entry);
  };
  // Wildcards do not match a first level that begins with `$` [MQTT-4.7.2-1].
  let allowsWildcards = !topic.startsWith("$");
  let reached = [root];
  for (const text of topic.split("/")) {
    const next: Level<T>[] = [];
    for (const { children } of reached) {
      if (!children) continue;
      const exact = children.get(text);
      if (exact) next.push(exact);
      if (!allowsWildcards) continue;
      const any = children.get("+");
      if (any) next.push(any);
      add(children.get("#"));
    }
    allowsWildcards = true;
    reached = next;
  }
  for (const level of reached) {
    add(level);
    add(level.children?.get("#")); // it matches its parent level, too
  }
  return matches;
}
