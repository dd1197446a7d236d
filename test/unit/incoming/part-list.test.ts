import { array, assert as check, constantFrom, integer, property, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { Acknowledgements } from "../../../lib/incoming/acknowledgements.ts";
import { Message } from "../../../lib/incoming/message.ts";
import { PartList } from "../../../lib/incoming/part-list.ts";
import { Part, Receipt, type ReceiptOwner } from "../../../lib/incoming/receipt.ts";
import { Topic } from "../../../lib/protocol/topic.ts";
import { Log } from "../../../lib/util/logger.ts";

const owner: ReceiptOwner = { hasReasonCodes: true, onSettled: () => {} };
/** A destination that takes nothing. */
const nowhere = { isOver: true, pushDeferred: () => {} };

test("a list of parts keeps its order, and has each part once", () => {
  const steps = array(tuple(constantFrom("add", "delete"), integer({ min: 0, max: 5 })), { maxLength: 60 });
  check(
    property(steps, (list) => {
      const parts = Array.from({ length: 6 }, (_, mid) => new Part(new Receipt(owner, 1, mid, 0), nowhere));
      const actual = new PartList();
      const expected = new Set<Part>();
      for (const [what, place] of list) {
        const part = parts[place]!;
        if (what === "add") {
          actual.add(part);
          expected.add(part);
        } else {
          actual.delete(part);
          expected.delete(part);
        }
        expect(actual.all()).toEqual([...expected]);
        expect(actual.isEmpty).toBe(expected.size === 0);
      }
    }),
  );
});

describe.each([true, false])("acknowledgements, in order: %s", (inOrder) => {
  const sent: string[] = [];
  const start = () => {
    sent.length = 0;
    return new Acknowledgements({
      log: new Log(undefined),
      inOrder,
      hasReasonCodes: true,
      send: (_connection, packets) => sent.push(Buffer.from(packets).toString("hex")),
      maximumPacketSize: () => Number.POSITIVE_INFINITY,
    });
  };
  const receive = (to: Acknowledgements, mid: number, qos = 1) =>
    to.receive(new Message(new Topic("t"), Buffer.alloc(0), qos, mid, undefined), 1, false);

  test("a written acknowledgement leaves no part in a list", () => {
    const acknowledgements = start();
    const list = new PartList();
    for (let mid = 1; mid <= 3; mid++) {
      const receipt = receive(acknowledgements, mid);
      const part = new Part(receipt, nowhere);
      part.keepIn(list);
      receipt.complete();
      if (mid !== 1) part.acknowledge(); // while it is queued
    }
    acknowledgements.flush();
    expect(list.all().map(({ receipt }) => receipt.mid)).toEqual(inOrder ? [1, 2, 3] : [1]);
    list.all()[0]?.acknowledge();
    acknowledgements.flush();
    expect(list.isEmpty).toBe(true);
  });

  test("ten thousand acknowledgements are sent together", () => {
    const acknowledgements = start();
    const receipts = Array.from({ length: 10_000 }, (_, place) => receive(acknowledgements, place + 1));
    const parts = receipts.map((receipt) => new Part(receipt, nowhere));
    for (const receipt of receipts) receipt.complete();
    for (const part of parts) part.acknowledge();
    acknowledgements.flush();
    expect(sent).toHaveLength(1);
    expect(sent[0]).toHaveLength(10_000 * 8);
    expect(sent[0]?.slice(-8)).toBe("40022710");
    expect(acknowledgements.oldest).toBe(0);
  });

  test("a message that is given up does not hold up others, and is not the oldest", () => {
    const acknowledgements = start();
    const [one, other] = [receive(acknowledgements, 1), receive(acknowledgements, 2)];
    const [first, second] = [new Part(one, nowhere), new Part(other, nowhere)];
    for (const receipt of [one, other]) receipt.complete();
    second.acknowledge();
    first.giveUp();
    acknowledgements.flush();
    expect(sent).toEqual(["40020002"]);
    expect(acknowledgements.oldest).toBe(0);
    expect(first.acknowledge()).toBe(false);
  });
});
