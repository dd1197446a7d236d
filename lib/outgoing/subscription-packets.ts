import { MqttCodeError } from "../protocol/errors.ts";
import { disjointGroups } from "../protocol/filter-overlap.ts";
import type { AckProperties } from "../protocol/property-types.ts";
import { ReasonCode } from "../protocol/reason-code.ts";
import type { ReasonCodes } from "./results.ts";
import type { Wanted } from "./subscription-table.ts";

/**
 * Divides the subscriptions of one call into SUBSCRIBE packets. Filters that overlap have different identifiers, so
 * that copies of a message can be told apart. `hasIdentifiers`: whether the client gives out identifiers.
 */
export function divideIntoPackets(wanted: readonly Wanted[], hasIdentifiers: boolean): Wanted[][] {
  const unique = [...new Map(wanted.map((each) => [each.filter, each])).values()];
  if (unique.length === 0) return [];
  const isOfProgram = unique[0]?.properties?.subscriptionIdentifier !== undefined;
  return isOfProgram || !hasIdentifiers ? [unique] : disjointGroups(unique, ({ filter }) => filter);
}

/** Divides subscriptions of several calls into SUBSCRIBE packets. One packet has the same properties for all. */
export function divideByProperties(wanted: readonly Wanted[]): Wanted[][] {
  const byProperties = new Map<string, Wanted[]>();
  for (const each of wanted) {
    const key = JSON.stringify(each.properties?.userProperties ?? []);
    const list = byProperties.get(key);
    if (list === undefined) byProperties.set(key, [each]);
    else list.push(each);
  }
  return [...byProperties.values()].flatMap((list) => disjointGroups(list, ({ filter }) => filter));
}

/**
 * Returns the reason codes of several SUBSCRIBE packets, or throws for the first failure. `groups`: the subscriptions
 * of each packet. `describeCall`: describes the call for an error, by the refused filters.
 */
export function combined(
  names: readonly string[],
  groups: readonly (readonly Wanted[])[],
  outcomes: readonly PromiseSettledResult<ReasonCodes>[],
  describeCall: (refused: readonly string[]) => string,
): ReasonCodes {
  const codes = new Map<string, ReasonCode>();
  let properties: AckProperties | undefined;
  let failure: MqttCodeError | undefined;
  for (const [place, outcome] of outcomes.entries()) {
    const error = outcome.status === "rejected" ? toRefusal(outcome.reason) : undefined;
    const result = outcome.status === "fulfilled" ? outcome.value : error?.reasonCodes;
    if (outcome.status === "fulfilled") properties ??= outcome.value.properties;
    for (const [index, { filter }] of (groups[place] ?? []).entries()) {
      const code = result?.[index] ?? error?.reasonCode;
      if (code !== undefined) codes.set(filter, code);
    }
    failure ??= error;
  }
  const all = listed(names, codes, properties);
  if (failure === undefined) return all;
  const refused = names.filter((_name, index) => all[index]?.isFailure);
  throw new MqttCodeError(all.find((code) => code.isFailure) ?? failure.reasonCode, {
    reasonCodes: [...all],
    properties: failure.properties,
    sent: failure.sent,
    context: describeCall(refused.length > 0 ? refused : names),
  });
}

/** Returns the error if it is a refusal of the broker, and throws any other. */
function toRefusal(reason: unknown): MqttCodeError {
  if (reason instanceof MqttCodeError) return reason;
  throw reason;
}

/** Returns the reason codes of filters, in their order. */
export function listed(
  filters: readonly string[],
  codes: ReadonlyMap<string, ReasonCode>,
  properties: AckProperties | undefined,
): ReasonCodes {
  const list = filters.map((filter) => codes.get(filter) ?? ReasonCode.of(0));
  return Object.assign(list, { properties });
}
