import { inspect } from "node:util";
import { brand } from "../util/brand.ts";
import { fits, format, isUtf8String } from "../util/check.ts";

/** Characters that a topic name must not contain: wildcards, U+0000 and lone surrogates. */
const FORBIDDEN_IN_TOPIC = /[+#\0\p{Cs}]/u;
/** `+` and `#` must be a whole level, and `#` the last one ([MQTT-4.7.1-1], [MQTT-4.7.1-2]). */
const MISPLACED_WILDCARD = /[^/][+#]|\+[^/]|#./s;
/** `$share` must be followed by a group without wildcards and by a filter ([MQTT-4.8.2-1], [MQTT-4.8.2-2]). */
const INVALID_SHARE = /^\$share(?:$|\/(?![^/+#]+\/.))/s;

/** The base of `Topic` and `Wildcard`: a string of levels, which is split when it is first compared. */
class TopicString {
  /** The topic or filter as a string. It is an own property, so that `structuredClone` keeps it. */
  readonly value: string;
  #levels: readonly string[] | undefined;

  constructor(value: string) {
    this.value = value;
    // Messages of one topic share its object, so programs must not change it. Subclasses may add members of their own.
    if (new.target === Topic || new.target === Wildcard) Object.freeze(this);
    else Object.defineProperty(this, "value", { writable: false, configurable: false });
  }

  /** Returns the topic or filter as a string. */
  toString(): string {
    return this.value;
  }

  /** Returns the string, for `JSON.stringify`. */
  toJSON(): string {
    return this.value;
  }

  static {
    // The output of console.log.
    Object.defineProperty(TopicString.prototype, inspect.custom, {
      value(this: TopicString, _depth: number, options: object): string {
        return `${this.constructor.name} ${inspect(this.value, options)}`;
      },
    });
  }

  /** Whether an object is of this copy of the class, and so has levels. */
  protected static isOurs(value: object): value is TopicString {
    return #levels in value;
  }

  protected isCoveredBy(filter: TopicString): boolean {
    filter.#levels ??= filter.value.split("/");
    this.#levels ??= this.value.split("/");
    return covers(filter.#levels, this.#levels);
  }
}

/**
 * A topic name, to which a message is published (MQTT 5, section 4.7).
 *
 * @throws {TypeError} when the value is not a string.
 * @throws {RangeError} when it is not a topic name: it has 1 to 65 535 bytes of UTF-8, without U+0000, `+` and `#`.
 */
export class Topic extends TopicString {
  constructor(value: string) {
    validateTopic(value);
    super(value);
  }

  /**
   * Returns whether a subscription with this filter receives messages of this topic (MQTT 5, section 4.7).
   *
   * `+` matches one level, and `#` matches its parent level and all levels below. Neither matches a first level that
   * begins with `$` [MQTT-4.7.2-1], unlike in aiomqtt. `$share/<group>/<filter>` matches as its filter.
   *
   * @throws {TypeError} when the filter is neither a string nor a `Wildcard` nor a `Topic`.
   * @throws {RangeError} when the string is not a valid filter.
   */
  matches(filter: string | Wildcard | Topic): boolean {
    if (typeof filter === "string") return this.isCoveredBy(parse(filter));
    const isOurs = filter instanceof Wildcard && TopicString.isOurs(filter);
    return this.isCoveredBy(isOurs ? filter : parse(toText(filter) as string)); // which throws, if it is no string
  }

  /** Returns whether `other` is a `Topic` with the same value. A `Wildcard` or a string never is, as in aiomqtt. */
  equals(other: unknown): boolean {
    return other instanceof Topic && other.value === this.value;
  }
}

brand(Topic, "Topic");

/**
 * A topic filter of a subscription, with or without the wildcards `+` and `#` (MQTT 5, sections 4.7 and 4.8.2).
 *
 * Unlike in aiomqtt, `$share` must be followed by a group and by a filter.
 *
 * @throws {TypeError} when the value is not a string.
 * @throws {RangeError} when it is not a topic filter, which has 1 to 65 535 bytes of UTF-8 without U+0000. `+` and `#`
 * must be whole levels, `#` the last one, and a shared subscription must be `$share/<group>/<filter>`.
 */
export class Wildcard extends TopicString {
  constructor(value: string) {
    validateWildcard(value);
    super(value);
  }

  /** Returns whether `other` is a `Wildcard` with the same value. A `Topic` or a string never is, as in aiomqtt. */
  equals(other: unknown): boolean {
    return other instanceof Wildcard && other.value === this.value;
  }
}

brand(Wildcard, "Wildcard");

/** Internal: returns whether a value is a topic name. For topics that are not an argument of a call. */
export function isTopicName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && fits(value) && !FORBIDDEN_IN_TOPIC.test(value);
}

/** Internal: throws as `new Topic(value)` does, without making one. `name`: the name of the value in messages. */
export function validateTopic(value: unknown, name?: string): asserts value is string {
  if (typeof value !== "string")
    throw new TypeError(`${name ?? "Topic"} must be a string, not ${format(value)}`);
  if (isTopicName(value)) return;
  throw new RangeError(
    `Invalid ${name ?? "topic"}: ${format(value)} (allowed: 1 to 65535 bytes of UTF-8 without U+0000, + and #)`,
  );
}

/** Internal: throws as `new Wildcard(value)` does, without making one. */
export function validateWildcard(value: unknown): asserts value is string {
  if (typeof value !== "string") throw new TypeError(`Wildcard must be a string, not ${format(value)}`);
  if (isUtf8String(value) && value !== "" && !MISPLACED_WILDCARD.test(value) && !INVALID_SHARE.test(value))
    return;
  throw new RangeError(
    `Invalid wildcard: ${format(value)} (allowed: 1 to 65535 bytes of UTF-8 without U+0000, ` +
      "+ and # as whole levels, # as the last one, $share only as $share/<group>/<filter>)",
  );
}

/** Internal: makes a `Topic` of a validated name, such as the topic of a received message. */
export function trustedTopic(value: string): Topic {
  return Reflect.construct(TopicString, [value], Topic) as Topic;
}

/** Internal: returns the string of a topic or filter, of any copy of the classes, and other values unchanged. */
export function toText(value: unknown): unknown {
  return value instanceof Topic || value instanceof Wildcard ? value.value : value;
}

/** Parsed filters. Strings are mostly literals in a loop over messages, so each is parsed once, up to a bound. */
const parsed = new Map<string, Wildcard>();
const MAX_PARSED = 256;

function parse(filter: string): Wildcard {
  const known = parsed.get(filter);
  if (known !== undefined) return known;
  const wildcard = new Wildcard(filter);
  if (parsed.size === MAX_PARSED) parsed.clear();
  parsed.set(filter, wildcard);
  return wildcard;
}

function covers(filter: readonly string[], topic: readonly string[]): boolean {
  const start = filter[0] === "$share" ? 2 : 0;
  if (topic[0]?.startsWith("$") && isWildcardLevel(filter[start])) return false;
  const count = filter.length - start;
  for (let i = 0; i < count; i++) {
    const level = filter[start + i];
    if (level === "#") return true;
    if (i === topic.length || (level !== "+" && level !== topic[i])) return false;
  }
  return count === topic.length;
}

function isWildcardLevel(level: string | undefined): boolean {
  return level === "+" || level === "#";
}
