import { describe, expect, test } from "vitest";
import { MqttCodeError, MqttError, ReasonCode } from "../../../lib/index.ts";
import { parseReconnect, type ReconnectOptions } from "../../../lib/options/reconnect.ts";
import { RetryPolicy } from "../../../lib/session/retry-policy.ts";

const failure = new MqttError("refused", { code: "ECONNREFUSED" });

/** A policy whose delays are the greatest possible ones. */
function policyOf(options: ReconnectOptions = {}): RetryPolicy {
  const policy = new RetryPolicy(parseReconnect(options)!, () => 1);
  policy.begin();
  return policy;
}

test("after a loss the delay begins at minDelay, and doubles with each round up to maxDelay", () => {
  const policy = policyOf({ minDelay: 1, maxDelay: 8 });
  const delays = [policy.afterLoss(failure, "transient", 60)];
  for (let round = 0; round < 4; round++) delays.push(policy.afterRound(failure, "transient", true));
  expect(delays).toEqual([{ delay: 1 }, { delay: 2 }, { delay: 4 }, { delay: 8 }, { delay: 8 }]);
});

test("the first round of connect has no delay, so the next one has the second", () => {
  expect(policyOf({ minDelay: 1, maxDelay: 8 }).afterRound(failure, "transient", false)).toEqual({
    delay: 2,
  });
});

test("only a connection that has lasted for resetAfter resets the delay", () => {
  const policy = policyOf({ minDelay: 1, maxDelay: 30, resetAfter: 5 });
  policy.afterLoss(failure, "transient", 5);
  policy.onConnected();
  expect(policy.afterLoss(failure, "transient", 4.9)).toEqual({ delay: 2 });
  policy.onConnected();
  expect(policy.afterLoss(failure, "transient", 4.9)).toEqual({ delay: 4 });
  policy.onConnected();
  expect(policy.afterLoss(failure, "transient", 5)).toEqual({ delay: 1 });
});

test("after maxAttempts failed rounds in a row the client gives up with the last error", () => {
  const policy = policyOf({ maxAttempts: 2 });
  expect(policy.afterRound(failure, "transient", false)).toHaveProperty("delay");
  policy.onConnected();
  expect(policy.afterLoss(failure, "transient", 1)).toHaveProperty("delay");
  expect(policy.afterRound(failure, "transient", true)).toHaveProperty("delay");
  expect(policy.afterRound(failure, "transient", true)).toEqual({ end: failure });
});

test("a permanent error ends the client, and one that lasts has a long delay", () => {
  expect(policyOf().afterRound(failure, "permanent", false)).toEqual({ end: failure });
  expect(policyOf().afterLoss(failure, "permanent", 1)).toEqual({ end: failure });
  expect(policyOf({ maxDelay: 10 }).afterLoss(failure, "lasting", 1)).toEqual({ delay: 10 });
});

test("rounds are numbered from 1", () => {
  const policy = policyOf();
  expect(policy.attempt).toBe(1);
  policy.afterRound(failure, "transient", false);
  expect(policy.attempt).toBe(2);
  policy.onConnected();
  policy.afterLoss(failure, "transient", 1);
  expect(policy.attempt).toBe(1);
});

describe("retry", () => {
  test("is asked with the error and the number of the next round", () => {
    const asked: unknown[] = [];
    const policy = policyOf({ retry: (...args) => asked.push(args) > 0 });
    policy.afterRound(failure, "transient", false);
    policy.onConnected();
    policy.afterLoss(failure, "transient", 1);
    policy.afterRound(failure, "transient", true);
    expect(asked).toEqual([
      [failure, 2],
      [failure, 1],
      [failure, 2],
    ]);
  });

  test("may give up, may choose the delay, or leave it at the default", () => {
    expect(policyOf({ retry: () => false }).afterLoss(failure, "transient", 1)).toEqual({ end: failure });
    expect(policyOf({ retry: () => 1.5 }).afterLoss(failure, "transient", 1)).toEqual({ delay: 1.5 });
    expect(policyOf({ retry: () => 0 }).afterLoss(failure, "transient", 1)).toEqual({ delay: 0 });
    expect(policyOf({ retry: () => true }).afterLoss(failure, "transient", 60)).toEqual({ delay: 0.25 });
  });

  test("decides about permanent errors, too", () => {
    expect(policyOf({ retry: () => true, minDelay: 1 }).afterRound(failure, "permanent", false)).toEqual({
      delay: 2,
    });
    expect(policyOf({ retry: () => true, maxDelay: 8 }).afterRound(failure, "permanent", true)).toEqual({
      delay: 8,
    });
  });

  test("cannot exceed maxAttempts", () => {
    const policy = policyOf({ retry: () => true, maxAttempts: 1 });
    expect(policy.afterRound(failure, "transient", false)).toEqual({ end: failure });
  });

  test.each<[returned: unknown, cause: RegExp]>([
    [Number.NaN, /retry must return seconds from 0, not NaN/],
    [-1, /retry must return seconds from 0, not -1/],
    [Number.POSITIVE_INFINITY, /retry must return seconds from 0, not Infinity/],
    [undefined, /retry must return a boolean or a number, not undefined/],
    [Promise.resolve(true), /retry must return a boolean or a number, not Promise/],
  ])("gives up when it returns %s", (returned, cause) => {
    const decision = policyOf({ retry: () => returned as number }).afterLoss(failure, "transient", 1);
    expect(decision).toMatchObject({ end: { code: "ECONNREFUSED", message: "refused" } });
    expect((decision as { end: MqttError }).end.cause).toHaveProperty(
      "message",
      expect.stringMatching(cause),
    );
  });

  test("gives up when it throws, with the thrown value as the cause", () => {
    const thrown = new Error("mine");
    const retry = () => {
      throw thrown;
    };
    const refused = new MqttCodeError(ReasonCode.of(0x88), { code: "CONNECTION_LOST" });
    expect(policyOf({ retry }).afterLoss(refused, "transient", 1)).toMatchObject({
      end: { code: "CONNECTION_LOST", reasonCode: { value: 0x88 }, cause: thrown },
    });
  });
});
