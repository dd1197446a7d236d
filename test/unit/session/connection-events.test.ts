import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { MqttError } from "../../../lib/index.ts";
import { type ConnectionEvent, ConnectionEvents } from "../../../lib/session/connection-events.ts";

const disconnected: ConnectionEvent = { state: "disconnected" };
const reconnecting = (attempt: number): ConnectionEvent => ({
  state: "reconnecting",
  error: new MqttError("lost", { code: "CONNECTION_LOST" }),
  attempt,
  delay: 1,
});

test("each iterator gets all events from its creation on", async () => {
  const events = new ConnectionEvents();
  events.emit(reconnecting(1));
  const first = events.iterate(undefined);
  events.emit(reconnecting(2));
  const second = events.iterate(undefined);
  events.emit(reconnecting(3));
  expect(await first.next()).toMatchObject({ done: false, value: { attempt: 2 } });
  expect(await first.next()).toMatchObject({ done: false, value: { attempt: 3 } });
  expect(await second.next()).toMatchObject({ done: false, value: { attempt: 3 } });
});

test("waits are served in order, one event each", async () => {
  const events = new ConnectionEvents();
  const iterator = events.iterate(undefined);
  const waits = [iterator.next(), iterator.next(), iterator.next()];
  events.emit(reconnecting(1));
  events.emit(reconnecting(2));
  events.emit(disconnected);
  expect(await Promise.all(waits)).toMatchObject([
    { value: { attempt: 1 } },
    { value: { attempt: 2 } },
    { value: disconnected },
  ]);
});

test("a loop that is left ends its waits", async () => {
  const events = new ConnectionEvents();
  const iterator = events.iterate(undefined);
  const wait = iterator.next();
  expect(await iterator.return?.()).toEqual({ value: undefined, done: true });
  expect(await wait).toEqual({ value: undefined, done: true });
  events.emit(disconnected);
  expect(await iterator.next()).toEqual({ value: undefined, done: true });
});

test("a signal rejects waits with its reason, and ends the iteration", async () => {
  const events = new ConnectionEvents();
  const controller = new AbortController();
  const iterator = events.iterate(controller.signal);
  events.emit(disconnected);
  expect(await iterator.next()).toMatchObject({ value: disconnected });
  const wait = iterator.next();
  controller.abort("enough");
  await expect(wait).rejects.toBe("enough");
  expect(await iterator.next()).toMatchObject({ done: true });
});

test("a signal that is aborted already rejects at once, whatever is buffered", async () => {
  const events = new ConnectionEvents();
  const iterator = events.iterate(AbortSignal.abort("enough"));
  events.emit(disconnected);
  await expect(iterator.next()).rejects.toBe("enough");
});

test("events that nobody reads are freed", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const events = new ConnectionEvents();
  const abandoned = new WeakRef(events.iterate(undefined));
  for (let attempt = 0; attempt < 1000; attempt++) events.emit(reconnecting(attempt));
  await nextTurn();
  collectGarbage();
  expect(abandoned.deref()).toBeUndefined();
});
