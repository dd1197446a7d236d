import type { Completion } from "../native/event-batch.ts";
import { decodeAck, decodeSuback, decodeUnsuback } from "../packets/reply.ts";
import { MqttCodeError, MqttError } from "../protocol/errors.ts";
import type { AckProperties } from "../protocol/property-types.ts";
import { ProtocolVersion } from "../protocol/protocol-version.ts";
import { ReasonCode } from "../protocol/reason-code.ts";
import type { PublishResult, ReasonCodes } from "../protocol/results.ts";
import { outcomeError } from "./outcomes.ts";

export type { PublishResult, ReasonCodes };

const SUCCESS = ReasonCode.of(0, "puback");
/** The result of every publish of QoS 0. */
export const QOS0_RESULT: PublishResult = Object.freeze({
  mid: 0,
  reasonCode: SUCCESS,
  properties: undefined,
});

/** Decodes the answer to a publish. Throws for a failing reason code. */
export function decodePublishResult(completion: Completion): PublishResult {
  const { identifier, answer } = checked(completion);
  if (identifier === 0) return QOS0_RESULT;
  if (answer === undefined) return { mid: identifier, reasonCode: SUCCESS, properties: undefined };
  const { reasonCode, properties } = decodeAck(answer);
  if (reasonCode.isFailure) throw new MqttCodeError(reasonCode, { properties });
  return { mid: identifier, reasonCode, properties };
}

/** Decodes the answer to a SUBSCRIBE with so many filters. Throws if any of them was refused. */
export function decodeSubscribeResult(
  completion: Completion,
  filterCount: number,
  protocol: ProtocolVersion,
): ReasonCodes {
  const { reasonCodes, properties } = decodeSuback(requireAnswer(completion), protocol);
  return accepted(reasonCodes, properties, filterCount);
}

/** Decodes the answer to an UNSUBSCRIBE with so many filters. On 3.x it has no reason codes, and is a success. */
export function decodeUnsubscribeResult(
  completion: Completion,
  filterCount: number,
  protocol: ProtocolVersion,
): ReasonCodes {
  if (protocol !== ProtocolVersion.V5) {
    checked(completion);
    const done = Array.from({ length: filterCount }, () => ReasonCode.of(0, "unsuback"));
    return accepted(done, undefined, filterCount);
  }
  const { reasonCodes, properties } = decodeUnsuback(requireAnswer(completion), protocol);
  return accepted(reasonCodes, properties, filterCount);
}

function requireAnswer(completion: Completion): Buffer {
  const { answer } = checked(completion);
  if (answer === undefined)
    throw new MqttError("The broker's answer says nothing", { code: "PROTOCOL_ERROR" });
  return answer;
}

function checked(completion: Completion): Completion {
  if (completion.pahoError === 0) return completion;
  throw outcomeError(completion.pahoError);
}

function accepted(codes: ReasonCode[], properties: AckProperties | undefined, expected: number): ReasonCodes {
  if (codes.length !== expected)
    throw new MqttError(`The broker answered ${expected} filters with ${codes.length} reason codes`, {
      code: "PROTOCOL_ERROR",
    });
  const failure = codes.find((code) => code.isFailure);
  if (failure !== undefined) throw new MqttCodeError(failure, { properties, reasonCodes: codes });
  return Object.assign(codes, { properties });
}
