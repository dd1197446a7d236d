// Many requests, responders that misbehave, and connections that are lost in the middle.

import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { Client, type Message, MqttError, ProtocolVersion, ResponseError } from "../../lib/index.ts";
import { eventually } from "../support/eventually.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { Random } from "../support/random.ts";
import { RecordingLogger } from "../support/recording-logger.ts";
import { Relay } from "../support/relay.ts";
import { again, seconds, seed } from "./effort.ts";

const V5 = { protocol: ProtocolVersion.V5 };
const REQUESTS = 10_000;
const IN_A_ROW = seconds >= 60 ? 10_000 : 1_000;
/** Losses of the connection while requests are made. */
const CUTS = Math.min(50, Math.max(5, seconds));

test.each([0, 1, 2] as const)(
  "10 000 requests at once each have their response, QoS %s",
  async (qos) => {
    await using broker = await startMosquitto({
      config: ["max_queued_messages 0", "max_inflight_messages 1000"],
    });
    await using responder = await Client.connect(broker.url, { ...V5, maxInflightMessages: 1_000 });
    await using requester = await Client.connect(broker.url, { ...V5, maxInflightMessages: 1_000 });
    requester.pendingCallsThreshold = Number.POSITIVE_INFINITY;
    responder.pendingCallsThreshold = Number.POSITIVE_INFINITY;
    await using _service = await responder.respond("twice", (message) => 2 * Number(message.text()), {
      qos: 2,
    });
    const options = { qos, responseQos: qos, timeout: 60 };
    const responses = await Promise.all(
      Array.from({ length: REQUESTS }, (_, number) => requester.request("twice", number, options)),
    );
    expect(responses.map((response) => Number(response.text()))).toEqual(
      Array.from({ length: REQUESTS }, (_, number) => 2 * number),
    );
    expect(requester.statistics).toMatchObject({ pendingRequests: 0, lateResponses: 0, pendingCalls: 0 });
    expect(requester.messages.length).toBe(0);
  },
  120_000,
);

test("requests one after the other each have their response", async () => {
  await using broker = await startMosquitto();
  await using responder = await Client.connect(broker.url, V5);
  await using requester = await Client.connect(broker.url, V5);
  await using _service = await responder.respond("twice", (message) => 2 * Number(message.text()));
  for (let number = 0; number < IN_A_ROW; number++)
    expect(Number((await requester.request("twice", number)).text())).toBe(2 * number);
  expect(requester.statistics).toMatchObject({ pendingRequests: 0, lateResponses: 0 });
}, 120_000);

/** The end of a request. */
type Outcome = "answered" | "told" | "internal" | "timeout";

async function outcomeOf(call: Promise<Message>, text: string): Promise<Outcome> {
  try {
    expect((await call).text()).toBe(text);
    return "answered";
  } catch (error) {
    if (error instanceof ResponseError)
      return error.message.startsWith("internal error") ? "internal" : "told";
    if (error instanceof MqttError && error.code === "TIMEOUT") return "timeout";
    throw error;
  }
}

test("responders that throw, never answer and answer twice leave the other requests alone", async () => {
  const logger = new RecordingLogger();
  await using broker = await startMosquitto({ config: ["max_queued_messages 0"] });
  await using responder = await Client.connect(broker.url, { ...V5, logger });
  await using requester = await Client.connect(broker.url, V5);
  requester.pendingCallsThreshold = Number.POSITIVE_INFINITY;
  const expected: Outcome[] = ["answered", "told", "internal", "timeout", "answered"];
  const never = new Promise<undefined>(() => {});
  await using service = await responder.respond(
    "job",
    async (message) => {
      const number = Number(message.text());
      const { responseTopic = "", correlationData } = message.properties ?? {};
      if (number % 5 === 1) throw new ResponseError("no such job");
      if (number % 5 === 2) throw new Error("a secret");
      if (number % 5 === 3) return never;
      if (number % 5 === 4)
        await responder.publish(responseTopic, number, { properties: { correlationData } });
      return number;
    },
    { concurrency: 1_000 },
  );
  const outcomes = await Promise.all(
    Array.from({ length: 1_000 }, (_, number) =>
      outcomeOf(requester.request("job", number, { timeout: number % 5 === 3 ? 0.5 : 30 }), `${number}`),
    ),
  );
  expect(outcomes).toEqual(Array.from({ length: 1_000 }, (_, number) => expected[number % 5]));
  await eventually(() =>
    expect(requester.statistics).toMatchObject({ pendingRequests: 0, lateResponses: 200 }),
  );
  expect(logger.lines.filter((line) => line.includes("a secret"))).toHaveLength(200);
  await service.unsubscribe();
}, 60_000);

/** Makes requests while connections are lost. Returns the numbers of those that were answered, and the other errors. */
async function requestOverCuts(options: { qos: 0 | 1; resend: boolean; keepsSession: boolean }) {
  const { qos, resend, keepsSession } = options;
  await using broker = await startMosquitto({ config: ["max_queued_messages 0"] });
  await using requesterRelay = await Relay.to(broker);
  await using responderRelay = await Relay.to(broker);
  const reconnect = { minDelay: 0.01, maxDelay: 0.05 };
  const session = keepsSession ? {} : { properties: { sessionExpiryInterval: 0 } };
  await using requester = await Client.connect(requesterRelay.url, { ...V5, ...session, reconnect });
  await using responder = await Client.connect(responderRelay.url, { ...V5, reconnect });
  requester.pendingCallsThreshold = Number.POSITIVE_INFINITY;
  const handled = new Map<number, number>();
  await using _service = await responder.respond(
    "job",
    (message) => {
      const number = Number(message.text());
      handled.set(number, (handled.get(number) ?? 0) + 1);
      return number;
    },
    { qos: 1 },
  );
  const outcomes: ("answered" | string)[] = [];
  let isOver = false;
  const lane = async () => {
    while (!isOver) {
      const number = outcomes.push("pending") - 1;
      try {
        const response = await requester.request("job", number, { qos, resend, responseQos: 1, timeout: 10 });
        expect(Number(response.text())).toBe(number);
        outcomes[number] = "answered";
      } catch (error) {
        if (!(error instanceof MqttError)) throw error;
        outcomes[number] = error.code;
      }
    }
  };
  const lanes = Array.from({ length: 20 }, lane);
  const random = new Random(seed);
  for (let cut = 0; cut < CUTS; cut++) {
    await delay(random.below(60));
    random.pick([requesterRelay, responderRelay]).cut();
    await Promise.all([requester.ready({ timeout: 10 }), responder.ready({ timeout: 10 })]);
  }
  isOver = true;
  await Promise.all(lanes);
  expect(requester.statistics.pendingRequests).toBe(0);
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  for (const [number, outcome] of outcomes.entries())
    if (outcome === "answered") expect(handled.get(number), again(seed)).toBeGreaterThan(0);
  console.log(`${JSON.stringify(options)}: ${CUTS} losses, ${JSON.stringify(counts)}`);
  return counts;
}

test("requests over losses: with resend all are answered", async () => {
  const { answered = 0, ...others } = await requestOverCuts({ qos: 1, resend: true, keepsSession: false });
  expect(answered).toBeGreaterThan(CUTS);
  expect(others).toEqual({});
}, 120_000);

test("requests over losses: at QoS 1 all are answered if the session is resumed", async () => {
  const { answered = 0, ...others } = await requestOverCuts({ qos: 1, resend: false, keepsSession: true });
  expect(answered).toBeGreaterThan(CUTS);
  expect(others).toEqual({});
}, 120_000);

test("requests over losses: without a session they reject, and tell that they may have been carried out", async () => {
  const { answered = 0, ...others } = await requestOverCuts({ qos: 1, resend: false, keepsSession: false });
  expect(answered).toBeGreaterThan(CUTS);
  expect(Object.keys(others).filter((code) => code !== "CONNECTION_LOST")).toEqual([]);
}, 120_000);

test("requests over losses: at QoS 0 they reject or time out, and settle", async () => {
  const { answered = 0, ...others } = await requestOverCuts({ qos: 0, resend: false, keepsSession: true });
  expect(answered).toBeGreaterThan(CUTS);
  expect(Object.keys(others).filter((code) => code !== "CONNECTION_LOST" && code !== "TIMEOUT")).toEqual([]);
}, 120_000);
