// The trace context in the user properties of MQTT 5 (W3C Trace Context: MQTT protocol).

import {
  type Context,
  propagation,
  ROOT_CONTEXT,
  type TextMapGetter,
  type TextMapSetter,
} from "@opentelemetry/api";
import type { PublishProperties, UserProperties } from "../protocol/property-types.ts";

const SETTER: TextMapSetter<[string, string][]> = {
  set: (carrier, key, value) => {
    carrier.push([key, value]);
  },
};

const GETTER: TextMapGetter<UserProperties> = {
  keys: (carrier) => carrier.map(([name]) => name),
  get: (carrier, key) => carrier.find(([name]) => name === key)?.[1],
};

/**
 * Returns the properties of a publish with the context in its user properties. A name that the program has set itself
 * stays as it is.
 */
export function injected(
  context: Context,
  properties: PublishProperties | undefined,
): PublishProperties | undefined {
  const carrier: [string, string][] = [];
  propagation.inject(context, carrier, SETTER);
  const own = properties?.userProperties ?? [];
  const added = carrier.filter(([key]) => !own.some(([name]) => name === key));
  return added.length === 0 ? properties : { ...properties, userProperties: [...own, ...added] };
}

/** Returns the context in the user properties of a message; the root context if there is none. */
export function extracted(userProperties: UserProperties | undefined): Context {
  return userProperties === undefined
    ? ROOT_CONTEXT
    : propagation.extract(ROOT_CONTEXT, userProperties, GETTER);
}
