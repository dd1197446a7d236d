import { expect, test } from "vitest";
import { Client } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { type Answers, politeAnswers, silence } from "../support/scripted-answers.ts";

test("one signal serves any number of calls without a warning", async () => {
  await using all = await connected({ PUBLISH: silence });
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on("warning", onWarning);
  const abort = new AbortController();
  const { signal } = abort;
  const calls = Array.from({ length: 50 }, () => all.client.publish("t", "p", { qos: 1, signal }));
  const waits = Array.from({ length: 50 }, () => all.client.messages.next({ signal }));
  const outcomes = Promise.allSettled([...calls, ...waits]);
  abort.abort("all of them");
  for (const outcome of await outcomes)
    expect(outcome).toEqual({ status: "rejected", reason: "all of them" });
  await new Promise(setImmediate);
  process.off("warning", onWarning);
  expect(warnings.map(String)).toEqual([]);
});

// Longer than a timer of Node: 24.8 days.
const BEYOND_TIMERS = 5_000_000;

test("calls may have timeouts that are longer than a timer of Node", async () => {
  const PUBLISH: Answers["PUBLISH"] = (packet, session) => {
    if (packet.topic !== "unanswered") politeAnswers.PUBLISH(packet, session);
  };
  await using all = await connected({ PUBLISH }, { timeout: BEYOND_TIMERS });
  await all.client.publish("t", "p", { qos: 1 });
  await all.client.subscribe("t");
  await expect(all.client.publish("unanswered", "p", { qos: 1, timeout: 0 })).rejects.toMatchObject({
    code: "TIMEOUT",
  });
  await all.client.disconnect();
  await all.client.connect();
});

test("next may have a timeout that is longer than a timer of Node", async () => {
  await using all = await connected();
  const waiting = all.client.messages.next({ timeout: BEYOND_TIMERS });
  const [{ value }] = await Promise.all([
    waiting,
    all.client
      .publish("t", "p", { qos: 1 })
      .then(() => all.session.send(all.session.packets.publish({ topic: "t", payload: "came" }))),
  ]);
  expect(value?.text()).toBe("came");
});

test.each([-1, Number.NaN, "1", {}, null])("next refuses a timeout of %s", async (timeout) => {
  const client = new Client("127.0.0.1");
  const waiting = client.messages.next({ timeout: timeout as number });
  const error: unknown = await waiting.catch((error: unknown) => error);
  expect(error instanceof TypeError || error instanceof RangeError, String(error)).toBe(true);
});

test("the default timeout of later calls can be changed", async () => {
  await using all = await connected({ PUBLISH: silence });
  expect(all.client.timeout).toBe(10);
  all.client.timeout = 0.02;
  await expect(all.client.publish("t", "p", { qos: 1 })).rejects.toMatchObject({ code: "TIMEOUT" });
  expect(() => {
    all.client.timeout = -1;
  }).toThrow(RangeError);
});

test("a short timeout is not delayed by earlier longer ones", async () => {
  await using all = await connected({ PUBLISH: silence });
  const long = all.client.publish("t", "p", { qos: 1, timeout: 60 }).catch(silence);
  const begin = performance.now();
  await expect(all.client.publish("t", "p", { qos: 1, timeout: 0.05 })).rejects.toMatchObject({
    code: "TIMEOUT",
  });
  expect(performance.now() - begin).toBeLessThan(1_000);
  all.session.reset();
  await long;
});
