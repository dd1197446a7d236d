import { type SubscribeOptions, validateOptions } from "../options/call-options.ts";
import { requireV5 } from "../options/settings.ts";
import { encodeSubscribeOptions } from "../packets/subscribe.ts";
import type { ProtocolVersion } from "../protocol/protocol-version.ts";
import { Topic, toText, validateWildcard, Wildcard } from "../protocol/topic.ts";
import { format, type Members, validateBoolean, validateQoS } from "../util/check.ts";
import { definedOnly } from "../util/defined.ts";

/** A topic filter. */
export type TopicFilter = string | Topic | Wildcard;

/** The argument of `subscribe`: a filter, a pair of a filter and its QoS or options, or an array of these. */
export type Subscriptions =
  | TopicFilter
  | readonly [TopicFilter, 0 | 1 | 2 | SubscribeOptions]
  | readonly (TopicFilter | readonly [TopicFilter, 0 | 1 | 2 | SubscribeOptions])[];

const SUBSCRIBE_OPTIONS: Members<SubscribeOptions> = {
  qos: true,
  noLocal: true,
  retainAsPublished: true,
  retainHandling: true,
};

/** The filters of one SUBSCRIBE packet, with an options byte for each. */
export interface SubscribeRequest {
  filters: string[];
  options: Uint8Array;
}

/** Checks the argument of `subscribe`, and throws if it is invalid. `defaults`: the options of the call. */
export function subscribeRequest(
  subscriptions: Subscriptions,
  defaults: SubscribeOptions,
  protocol: ProtocolVersion,
): SubscribeRequest {
  const entries = isSingle(subscriptions) ? [subscriptions] : subscriptions;
  if (entries.length === 0) throw new RangeError("topic must name at least one filter, not []");
  const filters: string[] = [];
  const options: number[] = [];
  for (const entry of entries) {
    const [filter, own] = isPair(entry) ? entry : [entry, undefined];
    const chosen = { ...defaults, ...ownOptions(own) };
    const text = filterText(filter);
    if (chosen.noLocal && text.startsWith("$share/"))
      throw new TypeError(`noLocal cannot go with a shared subscription (${format(text)})`); // [MQTT-3.8.3-4]
    filters.push(text);
    options.push(optionByte(chosen, protocol));
  }
  return { filters, options: Uint8Array.from(options) };
}

/** Returns the options of one filter, which may be given as a QoS. */
function ownOptions(own: 0 | 1 | 2 | SubscribeOptions | undefined): SubscribeOptions {
  if (own === undefined) return {};
  if (typeof own === "number") return { qos: own };
  validateOptions(own, SUBSCRIBE_OPTIONS);
  return definedOnly(own);
}

/** Returns the filters of an unsubscribe as strings. Throws a `TypeError` or `RangeError` if any is invalid. */
export function filterTexts(topics: TopicFilter | readonly TopicFilter[]): string[] {
  const list = Array.isArray(topics) ? (topics as readonly TopicFilter[]) : [topics as TopicFilter];
  if (list.length === 0) throw new RangeError("topic must name at least one filter, not []");
  return list.map(filterText);
}

function filterText(filter: unknown): string {
  const text = toText(filter);
  if (typeof text !== "string") throw noFilter(filter);
  validateWildcard(text);
  return text;
}

function noFilter(value: unknown): TypeError {
  return new TypeError(`topic must be a topic filter, or an array of them, not ${format(value)}`);
}

function isFilter(value: unknown): value is TopicFilter {
  return typeof value === "string" || value instanceof Topic || value instanceof Wildcard;
}

/** Returns whether a value is a filter with its options. A pair of two strings is a list of two filters. */
function isPair(value: unknown): value is readonly [TopicFilter, 0 | 1 | 2 | SubscribeOptions] {
  return Array.isArray(value) && value.length === 2 && isFilter(value[0]) && isOptions(value[1]);
}

function isOptions(value: unknown): boolean {
  return (
    typeof value === "number" ||
    (typeof value === "object" && value !== null && !Array.isArray(value) && !isFilter(value))
  );
}

function isSingle(
  value: Subscriptions,
): value is TopicFilter | readonly [TopicFilter, 0 | 1 | 2 | SubscribeOptions] {
  if (isFilter(value) || isPair(value)) return true;
  if (Array.isArray(value)) return false;
  throw noFilter(value);
}

function optionByte(options: SubscribeOptions, protocol: ProtocolVersion): number {
  const { qos = 0, noLocal = false, retainAsPublished = false, retainHandling = 0 } = options;
  validateQoS("qos", qos);
  validateBoolean("noLocal", noLocal);
  validateBoolean("retainAsPublished", retainAsPublished);
  if (![0, 1, 2].includes(retainHandling))
    throw new RangeError(`retainHandling must be 0, 1 or 2, not ${format(retainHandling)}`);
  for (const [name, value] of Object.entries({ noLocal, retainAsPublished, retainHandling }))
    if (value) requireV5(`${name} (${value})`, protocol);
  return encodeSubscribeOptions({ qos, noLocal, retainAsPublished, retainHandling });
}
