import { OPTIONS, type PublishOptions, validateOptions } from "../options/call-options.ts";
import { requireV5 } from "../options/settings.ts";
import type { ProtocolVersion } from "../protocol/protocol-version.ts";
import { type Topic, toText, validateTopic } from "../protocol/topic.ts";
import { STREAM_OPTIONS, type StreamOptions } from "../streams/stream-options.ts";
import { type Members, validateBoolean, validateInteger, validateQoS } from "../util/check.ts";
import { definedOnly } from "../util/defined.ts";

/** The options of `client.request`. */
export interface RequestOptions extends PublishOptions {
  /**
   * The topic of the response. Default: a topic of the client: `<prefix>/<random>`. The prefix is the broker's Response
   * Information if `properties.requestResponseInformation` brought one, else `response/<client identifier>`.
   */
  responseTopic?: string | Topic | undefined;
  /** The highest quality of service of the response. Default: 0. */
  responseQos?: 0 | 1 | 2 | undefined;
  /** Whether a request is sent again when a lost connection may have lost it or its response. Default: false. */
  resend?: boolean | undefined;
}

/** The options of `client.respond`. */
export interface RespondOptions extends StreamOptions {
  /** Requests that may be handled at once, 1 or more. Default: 16. */
  concurrency?: number | undefined;
}

const REQUEST_OPTIONS: Members<RequestOptions> = {
  ...(OPTIONS.publish as Members<PublishOptions>),
  responseTopic: true,
  responseQos: true,
  resend: true,
};

/** The names of the options of `client.respond`. */
const RESPOND_OPTIONS: Members<RespondOptions> = { ...STREAM_OPTIONS, concurrency: true };

/** The checked options of a request. */
export interface RequestSettings {
  publish: PublishOptions;
  /** Undefined: the topic of the client. */
  responseTopic: string | undefined;
  responseQos: 0 | 1 | 2;
  resend: boolean;
}

/** Checks the options of a request, and divides them. */
export function parseRequest(options: RequestOptions, protocol: ProtocolVersion): RequestSettings {
  requireMqtt5("request", protocol);
  validateOptions(options, REQUEST_OPTIONS);
  const { responseTopic, responseQos = 0, resend = false, ...publish } = options;
  for (const name of ["correlationData", "responseTopic"] as const)
    if (publish.properties?.[name] !== undefined)
      throw new TypeError(
        `properties.${name} is set by request${name === "responseTopic" ? ": use the option responseTopic" : ""}`,
      );
  if (publish.properties?.topicAlias !== undefined)
    throw new TypeError("properties.topicAlias cannot go with request");
  const topic = toText(responseTopic);
  if (topic !== undefined) validateTopic(topic, "responseTopic");
  validateQoS("responseQos", responseQos);
  validateBoolean("resend", resend);
  return { publish, responseTopic: topic, responseQos, resend };
}

/** Checks the options of `respond`, and divides them. */
export function parseRespond(
  handler: unknown,
  options: RespondOptions,
  protocol: ProtocolVersion,
): { stream: StreamOptions; concurrency: number } {
  requireMqtt5("respond", protocol);
  if (typeof handler !== "function") throw new TypeError("handler must be a function");
  validateOptions(options, RESPOND_OPTIONS);
  const { concurrency = 16, ...stream } = options;
  validateInteger("Option concurrency", concurrency, 1, Number.MAX_SAFE_INTEGER);
  return { stream: definedOnly(stream), concurrency };
}

function requireMqtt5(name: string, protocol: ProtocolVersion): void {
  try {
    requireV5(name, protocol);
  } catch {
    throw new TypeError(`${name} is for MQTT 5 only: it needs protocol: ProtocolVersion.V5`);
  }
}
