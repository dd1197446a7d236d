// A trace from one client over a broker to another.

import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { expect, test } from "vitest";
import { Client, ProtocolVersion } from "../../../lib/index.ts";
import { MqttInstrumentation } from "../../../lib/opentelemetry-entry.ts";
import { startMosquitto } from "../../support/mosquitto.ts";

test("publish, reception and processing are one trace, over a broker and a stream", async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const telemetry = new MqttInstrumentation({ tracerProvider });
  await using broker = await startMosquitto();
  const options = { protocol: ProtocolVersion.V5 } as const;
  await using publisher = await Client.connect(broker.url, { ...options, identifier: "publisher" });
  await using subscriber = await Client.connect(broker.url, {
    ...{ ...options, identifier: "subscriber", acknowledge: "manual" },
  });
  await using stream = await subscriber.stream("plant/#", { qos: 1 });
  const root = tracerProvider.getTracer("test").startSpan("root");
  await context.with(trace.setSpan(context.active(), root), () =>
    publisher.publish("plant/7", "x", { qos: 1, properties: { contentType: "text/plain" } }),
  );
  root.end();
  const { value: message } = await stream.next({ timeout: 5 });
  await telemetry.process(message!, () => message!.acknowledge());
  telemetry.disable();
  expect(message?.properties).toMatchObject({
    contentType: "text/plain",
    userProperties: [["traceparent", expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)]],
  });
  const spans = exporter.getFinishedSpans();
  const find = (name: string) => spans.find((span) => span.name === name);
  const chain = ["root", "publish plant/7", "receive plant/7", "process plant/7"].map(find);
  for (const [index, span] of chain.entries()) {
    expect(span?.spanContext().traceId).toBe(root.spanContext().traceId);
    if (index > 0) expect(span?.parentSpanContext?.spanId).toBe(chain[index - 1]?.spanContext().spanId);
  }
  const ids = ["publish plant/7", "receive plant/7"].map(
    (name) => find(name)?.attributes["messaging.client.id"],
  );
  expect(ids).toEqual(["publisher", "subscriber"]);
  expect(find("connect")?.attributes["server.port"]).toBe(Number(new URL(broker.url).port));
  context.disable();
  propagation.disable();
});
