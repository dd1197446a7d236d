// Requests and responders beside a real broker.

import { describe, expect, test } from "vitest";
import {
  Client,
  type ClientOptions,
  type Message,
  ProtocolVersion,
  ResponseError,
} from "../../../lib/index.ts";
import { deferred } from "../../../lib/util/deferred.ts";
import { eventually } from "../../support/eventually.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";

const V5 = { protocol: ProtocolVersion.V5 };

async function pair(options: ClientOptions = {}) {
  const broker = await startMosquitto();
  const responder = await Client.connect("127.0.0.1", broker.port, { ...V5, ...options });
  const requester = await Client.connect("127.0.0.1", broker.port, V5);
  return {
    broker,
    responder,
    requester,
    async [Symbol.asyncDispose]() {
      await Promise.all([responder.disconnect({ timeout: 0 }), requester.disconnect({ timeout: 0 })]);
      await broker.stop();
    },
  };
}

test.each([0, 1, 2] as const)("a request has its response, QoS %s", async (qos) => {
  await using parts = await pair();
  const { responder, requester } = parts;
  await using service = await responder.respond(
    "sum/+",
    (message) => {
      expect(message.qos).toBe(qos);
      const numbers = message.json<number[]>();
      return {
        payload: String(numbers.reduce((sum, each) => sum + each, 0)),
        properties: { contentType: "n" },
      };
    },
    { qos: 2 },
  );
  expect(service.filters).toEqual(["sum/+"]);
  expect(service.reasonCodes.map(({ value }) => value)).toEqual([2]);
  const response = await requester.request("sum/a", "[1, 2]", { qos, responseQos: qos });
  expect(response.text()).toBe("3");
  expect(response.qos).toBe(qos);
  expect(response.properties?.contentType).toBe("n");
  expect(response.properties?.subscriptionIdentifiers).toBeUndefined();
  expect(response.topic.value).toMatch(/^response\/.*\/[0-9a-f]{24}/);
  expect(requester.statistics).toMatchObject({ pendingRequests: 0, lateResponses: 0 });
  expect(requester.messages.length).toBe(0);
});

test("10 000 requests at once, and 1 000 one after the other", async () => {
  await using parts = await pair();
  const { responder, requester } = parts;
  let [running, most] = [0, 0];
  await using _service = await responder.respond(
    "echo",
    async (message) => {
      most = Math.max(most, ++running);
      await null;
      running--;
      return message.payload;
    },
    { concurrency: 4 },
  );
  const all = await Promise.all(
    Array.from({ length: 10_000 }, (_, place) => requester.request("echo", place, { timeout: 60 })),
  );
  expect(all.map((response) => Number(response.text()))).toEqual(Array.from(all.keys()));
  expect(most).toBeLessThanOrEqual(4);
  for (let place = 0; place < 1_000; place++)
    expect((await requester.request("echo", place)).text()).toBe(String(place));
});

test("errors of the handler", async () => {
  const logger = new RecordingLogger();
  await using parts = await pair({ logger });
  const { responder, requester } = parts;
  await using _service = await responder.respond("fail/+", (message) => {
    if (message.topic.value === "fail/told") throw new ResponseError("no such pump");
    throw new Error("password=secret");
  });
  await expect(requester.request("fail/told")).rejects.toMatchObject({
    name: "ResponseError",
    code: "RESPONSE_ERROR",
    message: expect.stringMatching(/^no such pump \(request to 'fail\/told', /),
    response: { payload: Buffer.alloc(0) },
  });
  await expect(requester.request("fail/other")).rejects.toThrow(/^internal error/);
  expect(logger.lines.filter((line) => line.includes("The handler"))).toEqual([
    "error: The handler of a request failed: password=secret",
  ]);
});

test("nobody responds, or not in time", async () => {
  await using parts = await pair();
  const { responder, requester } = parts;
  await expect(requester.request("nobody", "", { qos: 1 })).rejects.toMatchObject({ code: "NO_RESPONDER" });
  await expect(requester.request("nobody", "", { timeout: 0.05 })).rejects.toMatchObject({
    code: "TIMEOUT",
    message: expect.stringMatching(/request to 'nobody', .*, limit 0.05 s/),
  });
  const abort = new AbortController();
  const aborted = requester.request("nobody", "", { signal: abort.signal });
  abort.abort("enough");
  await expect(aborted).rejects.toBe("enough");
  expect(requester.statistics.pendingRequests).toBe(0);
  const released = deferredOf();
  await using _service = await responder.respond("slow", () => released.promise.then(() => "late"));
  await expect(requester.request("slow", "", { timeout: 0.1 })).rejects.toMatchObject({ code: "TIMEOUT" });
  released.resolve(undefined);
  await requester.request("slow");
  expect(requester.statistics.lateResponses).toBe(1);
});

function deferredOf() {
  let resolve!: (value: unknown) => void;
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

test("an empty response, and a request without response topic", async () => {
  const logger = new RecordingLogger();
  await using parts = await pair({ logger });
  const { responder, requester } = parts;
  const seen: string[] = [];
  await using _service = await responder.respond("do", (message) => {
    seen.push(message.text());
    return message.text() === "1" ? "dropped" : undefined;
  });
  await requester.publish("do", "1", { qos: 1 });
  expect((await requester.request("do", "2")).payload).toHaveLength(0);
  expect(seen).toEqual(["1", "2"]);
  expect(logger.warnings).toEqual([expect.stringContaining("no response topic")]);
});

test("a responder that unsubscribes handles its queue", async () => {
  await using parts = await pair();
  const { responder, requester } = parts;
  const gate = deferred<void>();
  const echo = async (message: Message) => {
    await gate.promise;
    return message.payload;
  };
  const service = await responder.respond("echo", echo, { concurrency: 1 });
  const requests = Promise.all(Array.from({ length: 100 }, (_, place) => requester.request("echo", place)));
  await eventually(() => expect(responder.statistics.messagesReceived).toBe(100));
  await service.unsubscribe();
  gate.resolve();
  expect((await requests).map((response) => response.json())).toEqual([...Array(100).keys()]);
  expect(await service.closed).toBeUndefined();
  await expect(requester.request("echo", "", { qos: 1 })).rejects.toMatchObject({ code: "NO_RESPONDER" });
});

describe("wrong arguments", () => {
  test.each([
    [{ properties: { correlationData: "x" } }, /correlationData is set by request/],
    [{ properties: { responseTopic: "x" } }, /use the option responseTopic/],
    [{ responseTopic: "a/#" }, /Invalid responseTopic/],
    [{ responseQos: 3 }, /responseQos must be 0, 1 or 2/],
    [{ resend: 1 }, /resend must be a boolean/],
    [{ respondTopic: "a" }, /did you mean responseTopic/],
    [{ timeout: -1 }, /timeout must be/],
  ])("%j", async (options, text) => {
    await using parts = await pair();
    await expect(parts.requester.request("a", "", options as object)).rejects.toThrow(text);
    expect(parts.requester.statistics.pendingRequests).toBe(0);
  });

  test("respond refuses them, and 3.1.1 has no requests", async () => {
    await using parts = await pair();
    await expect(parts.responder.respond("a", 1 as never)).rejects.toThrow(/handler must be a function/);
    await expect(parts.responder.respond("a", () => "", { concurrency: 0 })).rejects.toThrow(/concurrency/);
    await using old = await Client.connect("127.0.0.1", parts.broker.port);
    await expect(old.request("a")).rejects.toThrow(/request is for MQTT 5 only/);
    await expect(old.respond("a", () => "")).rejects.toThrow(/respond is for MQTT 5 only/);
    await expect(new Client("localhost", V5).request("a")).rejects.toMatchObject({ code: "NOT_CONNECTED" });
  });
});
