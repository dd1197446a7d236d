import { MqttCodeError, type MqttError } from "../protocol/errors.ts";
import { format } from "../util/check.ts";

/** Returns the description of a call for the message of its error: operation, topics and broker. */
export function callContext(operation: string, topics: string | readonly string[], broker: string): string {
  return `${operation} ${typeof topics === "string" ? format(topics) : listed(topics)}, ${broker}`;
}

/** Returns the filters that the broker refused; all of them unless the error has a reason code for each. */
export function refusedTopics(
  topics: string | readonly string[],
  error: MqttError,
): string | readonly string[] {
  const codes = error instanceof MqttCodeError ? error.reasonCodes : [];
  if (typeof topics === "string" || codes.length !== topics.length) return topics;
  return topics.filter((_topic, index) => codes[index]?.isFailure);
}

function listed(topics: readonly string[]): string {
  const [first, ...others] = topics;
  return `${format(first)}${others.length > 0 ? ` and ${others.length} more` : ""}`;
}
