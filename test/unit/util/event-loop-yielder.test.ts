import { expect, test } from "vitest";
import { EventLoopYielder } from "../../../lib/util/event-loop-yielder.ts";

test("calls that are done at once give the event loop its turn now and then", async () => {
  const pace = new EventLoopYielder("done");
  let turns = 0;
  const count = setImmediate(function again() {
    turns++;
    setImmediate(again).unref();
  });
  for (let i = 0; i < 10_000; i++) expect(await pace.done()).toBe("done");
  clearImmediate(count);
  expect(turns).toBeGreaterThan(5);
});

test("however many wait at once, they wait for the same turn", async () => {
  const pace = new EventLoopYielder(1);
  let turns = 0;
  const loop = async (): Promise<void> => {
    for (let i = 0; i < 100; i++) await pace.done();
  };
  const done = Promise.all(Array.from({ length: 1000 }, loop));
  setImmediate(() => turns++);
  await new Promise((resolve) => setImmediate(resolve));
  expect(turns).toBe(1);
  await done;
});

test("calls that get results of their own wait for the same turn", async () => {
  const pace = new EventLoopYielder<void>(undefined);
  let counted = 0;
  for (; pace.nextTurn === undefined && counted < 10_000; counted++) pace.count();
  expect(counted).toBeGreaterThan(100);
  expect(counted).toBeLessThan(10_000);
  expect(pace.done()).toBe(pace.nextTurn);
  await pace.nextTurn;
  expect(pace.nextTurn).toBeUndefined();
});

test("the first failure of a turn is immediate, and all others of that turn wait for the next", async () => {
  const pace = new EventLoopYielder<void>(undefined);
  const settled: string[] = [];
  const fail = (name: string) => pace.reject(new Error(name)).catch(() => settled.push(name));
  const turn = new Promise((resolve) => setImmediate(resolve));
  const failures = [fail("first"), fail("second"), fail("third")];
  await new Promise((resolve) => process.nextTick(resolve));
  expect(settled).toEqual(["first"]);
  await turn;
  await Promise.all(failures);
  expect(settled).toEqual(["first", "second", "third"]);
});
