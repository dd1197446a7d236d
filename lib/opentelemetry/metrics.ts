import {
  type Attributes,
  type Counter,
  type Histogram,
  type MeterProvider,
  metrics,
} from "@opentelemetry/api";

/** The limits of the buckets of durations in seconds, as the conventions advise. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** The metrics of this package. */
export class Metrics {
  readonly sent: Counter;
  readonly consumed: Counter;
  readonly operations: Histogram;
  readonly processing: Histogram;
  readonly connects: Histogram;
  readonly disconnects: Counter;

  constructor(provider: MeterProvider | undefined, name: string, version: string) {
    const meter = (provider ?? metrics).getMeter(name, version);
    const messages = { unit: "{message}" };
    const seconds = { unit: "s", advice: { explicitBucketBoundaries: BUCKETS } };
    this.sent = meter.createCounter("messaging.client.sent.messages", {
      ...messages,
      description: "The messages that the client has tried to send.",
    });
    this.consumed = meter.createCounter("messaging.client.consumed.messages", {
      ...messages,
      description: "The messages that the client has received.",
    });
    this.operations = meter.createHistogram("messaging.client.operation.duration", {
      ...seconds,
      description: "The time from a call to its end.",
    });
    this.processing = meter.createHistogram("messaging.process.duration", {
      ...seconds,
      description: "The time in which the program has processed a message.",
    });
    this.connects = meter.createHistogram("mqtt.client.connect.duration", {
      ...seconds,
      description: "The time of an attempt to connect.",
    });
    this.disconnects = meter.createCounter("mqtt.client.disconnects", {
      unit: "{connection}",
      description: "The connections that have ended.",
    });
  }
}

/** Adds the type of an error to the attributes of a metric, if there is an error. */
export function withError(attributes: Attributes, type: string | undefined): Attributes {
  return type === undefined ? attributes : { ...attributes, "error.type": type };
}
