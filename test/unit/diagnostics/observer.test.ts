import { AsyncLocalStorage } from "node:async_hooks";
import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, describe, expect, test } from "vitest";
import { Observer } from "../../../lib/diagnostics/observer.ts";
import { Message } from "../../../lib/incoming/message.ts";
import { MqttError, ProtocolVersion, type PublishOptions, ReasonCode, Topic } from "../../../lib/index.ts";
import type { PublishResult, ReasonCodes } from "../../../lib/protocol/results.ts";

const client = { identifier: "pump-7", broker: "mqtt://broker.example:1883" };
const result: PublishResult = { mid: 7, reasonCode: ReasonCode.of(0), properties: undefined };
const observer = () => new Observer(client, ProtocolVersion.V5);
const STEPS = ["start", "end", "asyncStart", "asyncEnd", "error"];

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** Records the events of channels, with a copy of each as it was then. */
function record(...names: string[]): [name: string, event: Record<string, unknown>][] {
  const events: [string, Record<string, unknown>][] = [];
  for (const name of names) {
    const subscriber = (event: unknown) => events.push([name.split(":").at(-1)!, { ...(event as object) }]);
    subscribe(name, subscriber);
    cleanUps.push(() => unsubscribe(name, subscriber));
  }
  return events;
}

const recordSteps = (name: string) => record(...STEPS.map((step) => `tracing:mqtt-native:${name}:${step}`));

describe("publish", () => {
  test("a call has its steps in the order of tracePromise, with one context", async () => {
    const events = recordSteps("publish");
    const order: string[] = [];
    const call = observer().publish(new Topic("a/b"), "payload", { qos: 1 }, async () => {
      order.push(...events.map(([step]) => step), "call");
      return result;
    });
    expect(await call).toBe(result);
    expect(order).toEqual(["start", "call"]);
    expect(events.map(([step]) => step)).toEqual(["start", "end", "asyncStart", "asyncEnd"]);
    expect(events[0]?.[1]).toEqual({
      client,
      protocol: 5,
      topic: "a/b",
      payload: "payload",
      qos: 1,
      retain: false,
      properties: undefined,
    });
    expect(events[3]?.[1]["result"]).toBe(result);
  });

  test("a failed call has its error in the context", async () => {
    const events = recordSteps("publish");
    const error = new MqttError("no", { code: "TIMEOUT" });
    const call = observer().publish("a", "", {}, () => Promise.reject(error));
    await expect(call).rejects.toBe(error);
    expect(events.map(([step]) => step)).toEqual(["start", "end", "error", "asyncStart", "asyncEnd"]);
    expect(events[4]?.[1]["error"]).toBe(error);
  });

  test("a subscriber of start may replace the properties, and the options of the program stay", async () => {
    const replace = (event: unknown) => Object.assign(event as object, { properties: { contentType: "b" } });
    subscribe("tracing:mqtt-native:publish:start", replace);
    cleanUps.push(() => unsubscribe("tracing:mqtt-native:publish:start", replace));
    const options: PublishOptions = { qos: 2, properties: { contentType: "a" } };
    let given: PublishOptions | undefined;
    await observer().publish("a", "", options, async (final) => {
      given = final;
      return result;
    });
    expect(given).toEqual({ qos: 2, properties: { contentType: "b" } });
    expect(options.properties).toEqual({ contentType: "a" });
  });

  test("options that nobody changes are passed as they are, also invalid ones", async () => {
    recordSteps("publish");
    for (const options of [{ qos: 1 }, null, 5] as PublishOptions[]) {
      await observer().publish(undefined as unknown as string, "", options, async (final) => {
        expect(final).toBe(options);
        return result;
      });
    }
  });

  test("a store that is bound to start holds the context while the call begins", async () => {
    const store = new AsyncLocalStorage<unknown>();
    const start = channel("tracing:mqtt-native:publish:start");
    start.bindStore(store);
    cleanUps.push(() => start.unbindStore(store));
    expect(observer().wantsPublishes).toBe(true);
    await observer().publish("a", "", {}, async () => {
      expect(store.getStore()).toMatchObject({ topic: "a" });
      return result;
    });
  });

  test.each(STEPS)("a subscriber of %s alone is noticed", (step) => {
    expect(observer().wantsPublishes).toBe(false);
    record(`tracing:mqtt-native:publish:${step}`);
    expect(observer().wantsPublishes).toBe(true);
  });
});

describe("connect", () => {
  const info = { sessionPresent: true, reasonCode: ReasonCode.of(0), properties: undefined };

  test("an attempt has one end, whatever follows", () => {
    const events = recordSteps("connect");
    const observed = observer();
    observed.onAttempt(true);
    observed.onAccepted(info, true);
    observed.onAttemptFailed(new Error("its subscriptions were not renewed"));
    expect(events.map(([step]) => step)).toEqual(["start", "end", "asyncStart", "asyncEnd"]);
    const { broker } = client;
    expect(events.at(-1)?.[1]).toEqual({ client, broker, isReconnect: true, result: info });
  });

  test("a failed attempt has its error", () => {
    const events = recordSteps("connect");
    const observed = observer();
    const error = new Error("refused");
    observed.onAttempt(false);
    observed.onAttemptFailed(error);
    expect(events.map(([step]) => step)).toEqual(["start", "end", "error", "asyncStart", "asyncEnd"]);
    expect(events.at(-1)?.[1]).toMatchObject({ isReconnect: false, error });
  });

  test("an attempt that began unobserved has no end", () => {
    const observed = observer();
    observed.onAttempt(false);
    const events = recordSteps("connect");
    observed.onAccepted(info, true);
    expect(events).toEqual([]);
  });
});

test("the end of a connection and a message are one event each", () => {
  const events = record("mqtt-native:disconnect", "mqtt-native:message");
  const observed = observer();
  const error = new MqttError("gone", { code: "CONNECTION_LOST" });
  const message = new Message(new Topic("a"), Buffer.from("b"), 0, 0, undefined);
  observed.onMessage(message);
  observed.onDisconnected(error);
  observed.onDisconnected(undefined);
  const { broker } = client;
  expect(events).toEqual([
    ["message", { client, protocol: 5, message }],
    ["disconnect", { client, broker, error }],
    ["disconnect", { client, broker, error: undefined }],
  ]);
});

test("a SUBSCRIBE packet has its filters and reason codes", async () => {
  const events = recordSteps("subscribe");
  const codes: ReasonCodes = Object.assign([ReasonCode.of(1, "suback")], { properties: undefined });
  expect(await observer().subscribe(["a/#"], async () => codes)).toBe(codes);
  expect(events.map(([step]) => step)).toEqual(["start", "end", "asyncStart", "asyncEnd"]);
  expect(events[3]?.[1]).toEqual({ client, filters: ["a/#"], result: codes });
});
