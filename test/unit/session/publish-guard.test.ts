import { expect, test } from "vitest";
import { PublishGuard } from "../../../lib/session/publish-guard.ts";

/** The end of a connection whose first call was this one. */
const end = (token: number, more: { acknowledged?: boolean; age?: number } = {}) => ({
  token,
  acknowledged: false,
  age: 100,
  ...more,
});

/** The verdicts on a series of ends. */
function verdicts(...ends: ReturnType<typeof end>[]): unknown[] {
  const guard = new PublishGuard();
  return ends.map((each) => guard.onEnd(each));
}

test("two ends right after the same call repeat calls one at a time, and the next end gives that call up", () => {
  expect(verdicts(end(7), end(7), end(7))).toEqual(["none", "one-by-one", { reject: 7 }]);
});

test("the call under way at the next end is given up, even if another one was suspected", () => {
  expect(verdicts(end(7), end(7), end(8))).toEqual(["none", "one-by-one", { reject: 8 }]);
});

test("afterwards nothing is suspected any more", () => {
  expect(verdicts(end(7), end(7), end(7), end(8), end(8))).toEqual([
    ...["none", "one-by-one", { reject: 7 }],
    ...["none", "one-by-one"],
  ]);
});

test.each([
  ["another call was the first", end(8)],
  ["the broker acknowledged something", end(7, { acknowledged: true })],
  ["the connection ended more than 2 s after the call", end(7, { age: 2001 })],
  ["no call was written", end(-1)],
])("an end is no repetition if %s", (_why, other) => {
  expect(verdicts(end(7), other, end(7))).toEqual(["none", "none", "none"]);
});

test("an acknowledgement ends the repeats one at a time", () => {
  const guard = new PublishGuard();
  guard.onEnd(end(7));
  guard.onEnd(end(7, { age: 2000 }));
  expect(guard.isOneByOne).toBe(true);
  guard.onEnd(end(7, { acknowledged: true }));
  expect(guard.isOneByOne).toBe(false);
});
