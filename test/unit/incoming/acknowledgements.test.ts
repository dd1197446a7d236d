import { expect, test, vi } from "vitest";
import { Acknowledgements } from "../../../lib/incoming/acknowledgements.ts";
import { Message } from "../../../lib/incoming/message.ts";
import { Part } from "../../../lib/incoming/receipt.ts";
import { Topic } from "../../../lib/protocol/topic.ts";
import { Log } from "../../../lib/util/logger.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";

/** A clock that tests advance, in milliseconds. */
const clock = vi.hoisted(() => {
  const timers = new Set<{ at: number; callback: () => void; unref(): object }>();
  let time = 1_000;
  return {
    now: () => time,
    setTimeout(callback: () => void, delay: number) {
      const timer = { at: time + delay, callback, unref: () => timer };
      timers.add(timer);
      return timer;
    },
    clearTimeout: (timer: never) => timers.delete(timer),
    advance(seconds: number) {
      const end = time + seconds * 1_000;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers.delete(next);
        time = next.at;
        next.callback();
      }
      time = end;
    },
    get pending() {
      return timers.size;
    },
  };
});

vi.mock("../../../lib/util/timers.ts", async (original) => ({
  ...(await original<object>()),
  now: clock.now,
  setTimeout: clock.setTimeout,
  clearTimeout: clock.clearTimeout,
}));

const nowhere = { isOver: true, pushDeferred: () => {} };

function start(inOrder = true) {
  const logger = new RecordingLogger();
  const sent: string[] = [];
  const acknowledgements = new Acknowledgements({
    log: new Log(logger),
    inOrder,
    hasReasonCodes: true,
    send: (connection, packets) => sent.push(`${connection}: ${Buffer.from(packets).toString("hex")}`),
    maximumPacketSize: () => 12,
  });
  /** A message has arrived: returns its part. */
  const receive = (qos: 1 | 2, mid: number, connection = 1): Part => {
    const message = new Message(
      new Topic("t"),
      Buffer.alloc(0),
      Message.encodeFlags(qos, false, false),
      mid,
      undefined,
    );
    const receipt = acknowledgements.receive(message, connection, false);
    const part = new Part(receipt, nowhere);
    receipt.complete();
    return part;
  };
  return { acknowledgements, receive, sent, warnings: logger.warnings, logger };
}

test("a message that holds up others for a minute is logged, once", () => {
  const { acknowledgements, receive, logger } = start();
  const first = receive(1, 1);
  clock.advance(30);
  receive(1, 2);
  acknowledgements.flush();
  clock.advance(29);
  expect(acknowledgements.oldest).toBe(59);
  expect(logger.warnings).toEqual([]);
  clock.advance(2);
  expect(logger.warnings).toEqual(["A message has not been acknowledged for 60 s, and holds up 1 others."]);
  clock.advance(600);
  expect(logger.warnings).toHaveLength(1);
  receive(1, 3);
  expect(first.acknowledge()).toBe(true);
  acknowledgements.flush();
  clock.advance(2);
  expect(logger.warnings).toHaveLength(2);
  acknowledgements.onEnd();
  expect(clock.pending).toBe(0);
  expect(acknowledgements.oldest).toBe(0);
});

test("a message that holds up no other is not logged", () => {
  const { acknowledgements, receive, logger } = start();
  receive(1, 1);
  receive(2, 2);
  acknowledgements.flush();
  clock.advance(600);
  expect(logger.warnings).toEqual([]);
  acknowledgements.onEnd();
});

test.each([
  [true, "1: 4002000140020002"],
  [false, "1: 4002000240020001"],
])("acknowledgements of one turn are sent together, in order: %s", (inOrder, expected) => {
  const { acknowledgements, receive, sent } = start(inOrder);
  const parts = [receive(1, 1), receive(1, 2), receive(1, 3)];
  expect([parts[1]?.acknowledge(), parts[0]?.acknowledge()]).toEqual([true, true]);
  acknowledgements.flush();
  expect(sent).toEqual([expected]);
  acknowledgements.onEnd();
});

test("a reason is left out where the packet would exceed the limit of the broker", () => {
  const { acknowledgements, receive, sent } = start();
  receive(1, 1).acknowledge(0x83, { reasonString: "no" });
  receive(2, 2).acknowledge(0x83, { reasonString: "too long" });
  acknowledgements.flush();
  expect(sent).toEqual(["1: 4009000183051f00026e6f5003000283"]);
  expect(acknowledgements.refused).toBe(2);
});

test("a message that is given up is never acknowledged, and holds up nothing", () => {
  const { acknowledgements, receive, sent } = start();
  const [first, second] = [receive(1, 1), receive(1, 2)];
  first.giveUp();
  expect(first.acknowledge()).toBe(false);
  expect(second.acknowledge()).toBe(true);
  acknowledgements.flush();
  expect(sent).toEqual(["1: 40020002"]);
  acknowledgements.onEnd();
});

test("messages of QoS 1 of an earlier connection are lost, and those of QoS 2 with their session", () => {
  const { acknowledgements, receive, sent } = start();
  const [one, two, three] = [receive(1, 1), receive(2, 2), receive(2, 3)];
  acknowledgements.onEnd();
  acknowledgements.onConnected(true);
  expect(one.acknowledge()).toBe(false);
  expect(two.acknowledge()).toBe(true);
  acknowledgements.onEnd();
  acknowledgements.onConnected(false);
  expect(three.acknowledge()).toBe(false);
  acknowledgements.flush();
  expect(sent).toEqual([]);
});
