import { type Attributes, context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Observer } from "../../../lib/diagnostics/observer.ts";
import { Message } from "../../../lib/incoming/message.ts";
import {
  MqttError,
  ProtocolVersion,
  type PublishOptions,
  ReasonCode,
  Topic,
  type UserProperties,
} from "../../../lib/index.ts";
import { MqttInstrumentation, type MqttInstrumentationOptions } from "../../../lib/opentelemetry-entry.ts";
import type { PublishResult } from "../../../lib/protocol/results.ts";

const client = { identifier: "pump-7", broker: "mqtts://broker.example:8883" };
const result: PublishResult = { mid: 7, reasonCode: ReasonCode.of(0), properties: undefined };
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
});
afterAll(() => {
  context.disable();
  propagation.disable();
});

const instrumentations: MqttInstrumentation[] = [];
afterEach(() => {
  for (const each of instrumentations.splice(0)) each.disable();
});

/** An instrumentation with exporters in memory. */
function instrument(options: MqttInstrumentationOptions = {}) {
  const spans = new InMemorySpanExporter();
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 });
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const instrumentation = new MqttInstrumentation({ tracerProvider, meterProvider, ...options });
  instrumentations.push(instrumentation);
  return {
    instrumentation,
    tracer: tracerProvider.getTracer("test"),
    spans: () => spans.getFinishedSpans(),
    /** The points of all metrics, by the names of the metrics. */
    async points() {
      await reader.forceFlush();
      const all =
        metrics
          .getMetrics()
          .at(-1)
          ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
      return Object.fromEntries(
        all.map(({ descriptor, dataPoints }) => [
          descriptor.name,
          dataPoints.map(({ attributes, value }) => ({
            attributes,
            count: typeof value === "number" ? value : value.count,
          })),
        ]),
      );
    },
  };
}

const observer = (protocol: ProtocolVersion = ProtocolVersion.V5) => new Observer(client, protocol);

/** Publishes, and returns the options of the publish that is sent. */
async function publish(
  topic: string,
  options: PublishOptions,
  version?: ProtocolVersion,
): Promise<PublishOptions> {
  let sent = options;
  await observer(version).publish(topic, "12345", options, async (final) => {
    sent = final;
    return result;
  });
  return sent;
}

const message = (userProperties?: UserProperties, topic = "plant/7/state") =>
  new Message(new Topic(topic), Buffer.from("123"), 1, 7, userProperties && { userProperties });

const COMMON: Attributes = {
  "messaging.system": "mqtt",
  "messaging.client.id": "pump-7",
  "server.address": "broker.example",
  "server.port": 8883,
  "network.transport": "tcp",
};
const MQTT5: Attributes = { "network.protocol.name": "mqtt", "network.protocol.version": "5.0" };
const METRIC: Attributes = {
  "messaging.system": "mqtt",
  "server.address": "broker.example",
  "server.port": 8883,
  "network.transport": "tcp",
};

describe("publish", () => {
  test("has a span of kind PRODUCER with the attributes of the conventions, and metrics", async () => {
    const all = instrument();
    await publish("plant/7/state", { qos: 1 });
    const [span] = all.spans();
    expect(span).toMatchObject({ name: "publish plant/7/state", kind: SpanKind.PRODUCER });
    expect(span?.attributes).toEqual({
      ...COMMON,
      ...MQTT5,
      "messaging.operation.name": "publish",
      "messaging.operation.type": "send",
      "messaging.destination.name": "plant/7/state",
      "messaging.message.body.size": 5,
      "messaging.mqtt.qos": 1,
    });
    const attributes = { ...METRIC, "messaging.operation.name": "publish" };
    expect(await all.points()).toMatchObject({
      "messaging.client.sent.messages": [{ attributes, count: 1 }],
      "messaging.client.operation.duration": [{ attributes, count: 1 }],
    });
  });

  test("sends its context in the user properties, behind those of the program", async () => {
    const all = instrument();
    const sent = await publish("a", { properties: { userProperties: [["own", "1"]], contentType: "c" } });
    const [span] = all.spans();
    const { traceId, spanId } = span!.spanContext();
    expect(sent.properties).toEqual({
      contentType: "c",
      userProperties: [
        ["own", "1"],
        ["traceparent", `00-${traceId}-${spanId}-01`],
      ],
    });
  });

  test("is a child of the span in which the program publishes", async () => {
    const all = instrument();
    const parent = all.tracer.startSpan("parent");
    await context.with(trace.setSpan(context.active(), parent), () => publish("a", {}));
    expect(all.spans()[0]?.parentSpanContext?.spanId).toBe(parent.spanContext().spanId);
  });

  test("leaves a context that the program has set itself", async () => {
    instrument();
    const own: UserProperties = [["traceparent", "mine"]];
    expect((await publish("a", { properties: { userProperties: own } })).properties?.userProperties).toEqual(
      own,
    );
  });

  test.each([
    ["before MQTT 5", ProtocolVersion.V311, {}],
    ["with propagate: false", ProtocolVersion.V5, { propagate: false }],
  ])("sends no context %s", async (_when, version, options) => {
    const all = instrument(options);
    expect(await publish("a", {}, version)).toEqual({});
    expect(all.spans()).toHaveLength(1);
  });

  test("that fails has the error in its span and its metrics", async () => {
    const all = instrument();
    const error = new MqttError("Operation timed out", { code: "TIMEOUT" });
    await observer()
      .publish("a", "", {}, () => Promise.reject(error))
      .catch(() => {});
    const [span] = all.spans();
    expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: "Operation timed out" });
    expect(span?.attributes["error.type"]).toBe("TIMEOUT");
    expect(span?.events.map(({ name }) => name)).toEqual(["exception"]);
    const { "messaging.client.operation.duration": durations } = await all.points();
    expect(durations?.[0]?.attributes["error.type"]).toBe("TIMEOUT");
  });
});

describe("a received message", () => {
  test("has a span of kind CONSUMER below that of its publisher, and a link to it", async () => {
    const all = instrument();
    const received = message([["traceparent", `00-${TRACE}-${SPAN}-01`]]);
    observer().onMessage(received);
    const [span] = all.spans();
    expect(span).toMatchObject({ name: "receive plant/7/state", kind: SpanKind.CONSUMER });
    expect(span?.spanContext().traceId).toBe(TRACE);
    expect(span?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: SPAN, isRemote: true });
    expect(span?.links.map((link) => link.context.spanId)).toEqual([SPAN]);
    expect(span?.attributes).toMatchObject({
      ...COMMON,
      ...MQTT5,
      "messaging.operation.name": "receive",
      "messaging.operation.type": "receive",
      "messaging.message.body.size": 3,
    });
    expect(trace.getSpanContext(all.instrumentation.messageContext(received))?.spanId).toBe(
      span?.spanContext().spanId,
    );
    const attributes = { ...METRIC, "messaging.operation.name": "receive" };
    expect(await all.points()).toMatchObject({
      "messaging.client.consumed.messages": [{ attributes, count: 1 }],
    });
  });

  test("keeps its context where the queue has a copy over the same payload", () => {
    const all = instrument();
    const received = message();
    observer().onMessage(received);
    const { topic, payload, properties } = received;
    const other = new Message(topic, payload, 1, 7, properties);
    const id = all.spans()[0]?.spanContext().spanId;
    expect(trace.getSpanContext(all.instrumentation.messageContext(other))?.spanId).toBe(id);
  });

  test("that was not observed has the context of its publisher", () => {
    const all = instrument();
    const found = all.instrumentation.messageContext(message([["traceparent", `00-${TRACE}-${SPAN}-01`]]));
    expect(trace.getSpanContext(found)).toMatchObject({ traceId: TRACE, spanId: SPAN });
    expect(trace.getSpanContext(all.instrumentation.messageContext(message()))).toBeUndefined();
  });

  test("is processed in a span below that of its reception", async () => {
    const all = instrument();
    const received = message();
    observer().onMessage(received);
    const value = await all.instrumentation.process(received, async (span) => {
      expect(trace.getActiveSpan()).toBe(span);
      await publish("b", {});
      return 7;
    });
    expect(value).toBe(7);
    const [receive, child, process] = all.spans();
    expect(process).toMatchObject({ name: "process plant/7/state", kind: SpanKind.CONSUMER });
    expect(process?.parentSpanContext?.spanId).toBe(receive?.spanContext().spanId);
    expect(child?.parentSpanContext?.spanId).toBe(process?.spanContext().spanId);
    expect((await all.points())["messaging.process.duration"]?.[0]?.count).toBe(1);
  });

  test("has the error of its processing in the span, and the error is thrown", async () => {
    const all = instrument();
    const failing = all.instrumentation.process(message(), () => {
      throw new RangeError("too much");
    });
    await expect(failing).rejects.toThrow("too much");
    expect(all.spans()[0]?.attributes["error.type"]).toBe("RangeError");
  });
});

test("attempts to connect, SUBSCRIBE packets and ends of connections are observed", async () => {
  const all = instrument();
  const observed = observer();
  observed.onAttempt(false);
  observed.onAttemptFailed(new MqttError("refused", { code: "ECONNREFUSED" }));
  observed.onAttempt(true);
  observed.onAccepted({ sessionPresent: false, reasonCode: ReasonCode.of(0), properties: undefined }, true);
  await observed.subscribe(["a/#"], async () => Object.assign([ReasonCode.of(0)], { properties: undefined }));
  observed.onDisconnected(new MqttError("gone", { code: "CONNECTION_LOST" }));
  expect(all.spans().map(({ name, kind, status }) => [name, kind, status.code])).toEqual([
    ["connect", SpanKind.CLIENT, SpanStatusCode.ERROR],
    ["connect", SpanKind.CLIENT, SpanStatusCode.UNSET],
    ["subscribe", SpanKind.CLIENT, SpanStatusCode.UNSET],
  ]);
  const points = await all.points();
  expect(points["mqtt.client.connect.duration"]).toHaveLength(2);
  expect(points["mqtt.client.disconnects"]).toMatchObject([
    { attributes: { "error.type": "CONNECTION_LOST", "server.address": "broker.example" }, count: 1 },
  ]);
});

test("a template replaces the topic in names and metrics", async () => {
  const destinationTemplate = (topic: string) => topic.replace(/\d+/, "{pump}");
  const all = instrument({ destinationTemplate });
  await publish("plant/7/state", {});
  const [span] = all.spans();
  expect(span?.name).toBe("publish plant/{pump}/state");
  expect(span?.attributes).toMatchObject({
    "messaging.destination.name": "plant/7/state",
    "messaging.destination.template": "plant/{pump}/state",
  });
  const { "messaging.client.sent.messages": sent } = await all.points();
  expect(sent?.[0]?.attributes["messaging.destination.template"]).toBe("plant/{pump}/state");
});

test("a template that throws does not end the process", async () => {
  const all = instrument({
    destinationTemplate: () => {
      throw new Error("no");
    },
  });
  await publish("a", {});
  expect(all.spans()[0]?.name).toBe("publish a");
});

test("a disabled instrumentation observes nothing, and can be enabled again", async () => {
  const all = instrument({ enabled: false });
  await publish("a", {});
  expect([all.spans().length, all.instrumentation.getConfig().enabled]).toEqual([0, false]);
  all.instrumentation.enable();
  all.instrumentation.enable();
  await publish("a", {});
  expect([all.spans().length, all.instrumentation.getConfig().enabled]).toEqual([1, true]);
  all.instrumentation.disable();
  expect(observer().wantsPublishes).toBe(false);
});

test.each([
  [{ propagates: true }, "Unknown option propagates"],
  [{ destinationTemplate: "a" }, "destinationTemplate must be a function"],
])("the options %j are a TypeError", (options, text) => {
  expect(() => new MqttInstrumentation(options as object)).toThrow(text);
});

test.each([
  ["unix:/run/mqtt.sock", { "server.address": "/run/mqtt.sock", "network.transport": "unix" }],
  ["wss://[::1]:443/mqtt", { "server.address": "::1", "server.port": 443, "network.transport": "tcp" }],
])("the broker %s has its attributes", async (broker, expected) => {
  const all = instrument();
  await new Observer({ identifier: "", broker }, ProtocolVersion.V311).publish(
    "a",
    "",
    {},
    async () => result,
  );
  const [span] = all.spans();
  expect(span?.attributes).toMatchObject({ ...expected, "network.protocol.version": "3.1.1" });
  expect(span?.attributes).not.toHaveProperty("messaging.client.id");
});
