import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { onAbort } from "../../../lib/util/abort.ts";

test("however many wait for a signal, it has one listener, and none when nobody does", () => {
  const { signal } = new AbortController();
  const listeners = () => getEventListeners(signal, "abort").length;
  for (let round = 0; round < 3; round++) {
    const forget = Array.from({ length: 50 }, () => onAbort(signal, () => {}));
    expect(listeners()).toBe(1);
    for (const each of forget.slice(1)) each();
    expect(listeners()).toBe(1);
    forget[0]?.();
    expect(listeners()).toBe(0);
  }
});

test("all that wait are told, in their order, and those that do not wait any more are not", () => {
  const abort = new AbortController();
  const told: number[] = [];
  const forget = [1, 2, 3].map((number) => onAbort(abort.signal, () => told.push(number)));
  forget[1]?.();
  abort.abort();
  expect(told).toEqual([1, 3]);
});

test("to forget twice takes nothing from those that came meanwhile", () => {
  const abort = new AbortController();
  const forget = onAbort(abort.signal, () => {});
  forget();
  let told = false;
  onAbort(abort.signal, () => {
    told = true;
  });
  forget();
  abort.abort();
  expect(told).toBe(true);
});
