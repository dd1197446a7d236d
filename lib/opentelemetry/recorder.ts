import {
  type Context,
  context as contexts,
  type Span,
  SpanKind,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type {
  ConnectEvent,
  DisconnectEvent,
  MessageReceivedEvent,
  PublishEvent,
  SubscribeEvent,
} from "../diagnostics/events.ts";
import type { Message } from "../incoming/message.ts";
import { ProtocolVersion } from "../protocol/protocol-version.ts";
import { now } from "../util/timers.ts";
import {
  clientAttributes,
  errorType,
  measurePayload,
  NAMES,
  protocolAttributes,
  serverAttributes,
} from "./attributes.ts";
import { type Metrics, withError } from "./metrics.ts";
import type { Naming } from "./naming.ts";
import { Operations, recordError } from "./operations.ts";
import { extracted, injected } from "./propagation.ts";

/** The parts that depend on the options. */
export interface Instruments {
  readonly tracer: Tracer;
  readonly metrics: Metrics;
  readonly naming: Naming;
  /** Whether publishes carry the trace context. */
  readonly propagates: boolean;
}

/** Makes spans and metrics of the events of the channels. */
export class Recorder {
  instruments: Instruments;
  readonly #operations = new Operations();
  /** The contexts of received messages, by their payloads: a message may be copied on its way to a queue. */
  readonly #received = new WeakMap<object, Context>();

  constructor(instruments: Instruments) {
    this.instruments = instruments;
  }

  /** Returns the context of a received message. */
  messageContext({ payload, properties }: Message): Context {
    return this.#received.get(payload) ?? extracted(properties?.userProperties);
  }

  /** Calls a function in a span that processes a message. */
  async process<T>(message: Message, body: (span: Span) => T | Promise<T>): Promise<T> {
    const { tracer, metrics, naming } = this.instruments;
    const topic = message.topic.value;
    const began = now();
    const parent = this.messageContext(message);
    const attributes = {
      ...{ [NAMES.system]: "mqtt", [NAMES.bodySize]: message.payload.length, [NAMES.qos]: message.qos },
      ...naming.attributes("process", "process", topic),
    };
    const name = naming.span("process", topic);
    const span = tracer.startSpan(name, { kind: SpanKind.CONSUMER, attributes }, parent);
    let type: string | undefined;
    try {
      return await contexts.with(trace.setSpan(parent, span), () => body(span));
    } catch (error) {
      type = recordError(span, error);
      throw error;
    } finally {
      span.end();
      const metric = naming.metric("process", topic, undefined);
      metrics.processing.record((now() - began) / 1000, withError(metric, type));
    }
  }

  beginPublish(event: PublishEvent): void {
    const { client, topic, protocol, payload, qos } = event;
    const { tracer, naming, propagates } = this.instruments;
    const span = this.#operations.begin(tracer, event, {
      name: naming.span("publish", topic),
      kind: SpanKind.PRODUCER,
      attributes: {
        ...clientAttributes(client),
        ...protocolAttributes(protocol),
        ...naming.attributes("publish", "send", topic),
        ...{ [NAMES.bodySize]: measurePayload(payload), [NAMES.qos]: qos },
      },
      metric: naming.metric("publish", topic, client.broker),
    });
    if (protocol !== ProtocolVersion.V5 || !propagates) return;
    event.properties = injected(trace.setSpan(contexts.active(), span), event.properties);
  }

  endPublish(event: PublishEvent): void {
    const ended = this.#operations.end(event);
    if (ended === undefined) return;
    const { metrics } = this.instruments;
    metrics.sent.add(1, ended.metric);
    metrics.operations.record(ended.seconds, ended.metric);
  }

  beginSubscribe(event: SubscribeEvent): void {
    const { client, filters } = event;
    const { tracer, naming } = this.instruments;
    const destination = filters.length === 1 ? { [NAMES.destination]: filters[0] } : {};
    this.#operations.begin(tracer, event, {
      name: "subscribe",
      kind: SpanKind.CLIENT,
      attributes: { ...clientAttributes(client), [NAMES.operationName]: "subscribe", ...destination },
      metric: naming.metric("subscribe", undefined, client.broker),
    });
  }

  endSubscribe(event: SubscribeEvent): void {
    const ended = this.#operations.end(event);
    if (ended !== undefined) this.instruments.metrics.operations.record(ended.seconds, ended.metric);
  }

  beginConnect(event: ConnectEvent): void {
    const { client, broker, isReconnect } = event;
    this.#operations.begin(this.instruments.tracer, event, {
      name: "connect",
      kind: SpanKind.CLIENT,
      attributes: { ...clientAttributes(client), "mqtt.client.is_reconnect": isReconnect },
      metric: serverAttributes(broker),
    });
  }

  endConnect(event: ConnectEvent): void {
    const { identifier } = event.client;
    // The broker may have assigned the identifier with its CONNACK.
    if (identifier !== "") this.#operations.set(event, NAMES.clientId, identifier);
    const ended = this.#operations.end(event);
    if (ended !== undefined) this.instruments.metrics.connects.record(ended.seconds, ended.metric);
  }

  onDisconnect({ broker, error }: DisconnectEvent): void {
    const type = error === undefined ? undefined : errorType(error);
    this.instruments.metrics.disconnects.add(1, withError(serverAttributes(broker), type));
  }

  onMessage({ client, protocol, message }: MessageReceivedEvent): void {
    const { tracer, metrics, naming } = this.instruments;
    const topic = message.topic.value;
    const parent = extracted(message.properties?.userProperties);
    const creator = trace.getSpanContext(parent);
    const span = tracer.startSpan(
      naming.span("receive", topic),
      {
        kind: SpanKind.CONSUMER,
        attributes: {
          ...clientAttributes(client),
          ...protocolAttributes(protocol),
          ...naming.attributes("receive", "receive", topic),
          ...{ [NAMES.bodySize]: message.payload.length, [NAMES.qos]: message.qos },
        },
        links: creator === undefined ? [] : [{ context: creator }],
      },
      parent,
    );
    span.end();
    this.#received.set(message.payload, trace.setSpan(parent, span));
    metrics.consumed.add(1, naming.metric("receive", topic, client.broker));
  }
}
