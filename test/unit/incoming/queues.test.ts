import { expect, test } from "vitest";
import { FifoQueue, LifoQueue, type MessageQueue, PriorityQueue } from "../../../lib/incoming/queues.ts";
import { Random } from "../../support/random.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

function drain<T>(queue: MessageQueue<T>): (T | undefined)[] {
  const items: (T | undefined)[] = [];
  while (queue.length > 0) items.push(queue.shift());
  return items;
}

function filled<Queue extends MessageQueue<T>, T>(queue: Queue, items: T[]): Queue {
  for (const item of items) queue.push(item);
  return queue;
}

test("FifoQueue: first in, first out", () => {
  expect(drain(filled(new FifoQueue<number>(), numbers(10_000)))).toEqual(numbers(10_000));
});

test("FifoQueue: pushing and shifting in turns keeps the order, and forgets what is gone", () => {
  const queue = filled(new FifoQueue<number>(), numbers(5_000));
  const shifted: (number | undefined)[] = [];
  for (let next = 5_000; next < 50_000; next++) {
    queue.push(next);
    shifted.push(queue.shift());
  }
  expect(queue.length).toBe(5_000);
  expect([...shifted, ...drain(queue)]).toEqual(numbers(50_000));
});

test("LifoQueue: last in, first out", () => {
  expect(drain(filled(new LifoQueue<number>(), numbers(5)))).toEqual([4, 3, 2, 1, 0]);
});

test.each([
  ["FifoQueue", () => new FifoQueue()],
  ["LifoQueue", () => new LifoQueue()],
  ["PriorityQueue", () => new (PriorityQueue.by(() => 0))(9)],
])("%s: nothing comes out of an empty queue", (_name, make) => {
  const queue = make();
  expect(queue.shift()).toBeUndefined();
  expect(queue.length).toBe(0);
});

test("LifoQueue: dropOldest takes the other end", () => {
  const queue = filled(new LifoQueue<number>(), numbers(4));
  queue.dropOldest();
  expect(drain(queue)).toEqual([3, 2, 1]);
});

interface Job {
  rank: number;
  arrived: number;
}
const byRank = (a: Job, b: Job) => a.rank - b.rank;

test.each([1, 2, 3])("PriorityQueue: what comes first, and of equals the oldest (seed %i)", (seed) => {
  const random = new Random(seed);
  const jobs = numbers(500).map((arrived) => ({ rank: random.below(20), arrived }));
  const queue = filled(new PriorityQueue(byRank), jobs);
  expect(drain(queue)).toEqual([...jobs].sort(byRank)); // which is stable
});

test.each([1, 2, 3])("PriorityQueue: any mixture of calls keeps the order (seed %i)", (seed) => {
  const random = new Random(seed);
  const queue = new PriorityQueue(byRank);
  let model: Job[] = [];
  for (let arrived = 0; arrived < 2_000; arrived++) {
    const choice = random.below(5);
    if (choice <= 2) {
      const job = { rank: random.below(10), arrived };
      queue.push(job);
      model = [...model, job].sort(byRank);
    } else if (choice === 3) {
      expect(queue.shift()).toEqual(model.shift());
    } else {
      queue.dropOldest();
      const oldest = Math.min(...model.map((job) => job.arrived));
      model = model.filter((job) => job.arrived !== oldest);
    }
    expect(queue.length).toBe(model.length);
  }
  expect(drain(queue)).toEqual(model);
});

test("PriorityQueue: a comparison that throws leaves the queue as it was", () => {
  let broken = false;
  const queue = new PriorityQueue<number>((a, b) => {
    if (broken) throw new Error("no idea");
    return a - b;
  });
  filled(queue, [5, 3, 8, 1, 9, 2]);
  broken = true;
  expect(() => queue.push(4)).toThrow("no idea");
  expect(() => queue.shift()).toThrow("no idea");
  expect(() => queue.dropOldest()).toThrow("no idea");
  broken = false;
  expect(drain(queue)).toEqual([1, 2, 3, 5, 8, 9]);
});

test("PriorityQueue: subclasses pass their order and the limit on", () => {
  class Longest extends PriorityQueue<string> {
    constructor(limit: number) {
      super((a, b) => b.length - a.length, limit);
    }
  }
  const queue = filled(new Longest(7), ["a", "ccc", "bb"]);
  expect(queue.limit).toBe(7);
  expect(drain(queue)).toEqual(["ccc", "bb", "a"]);
});

test("PriorityQueue needs a comparison", () => {
  expect(() => new PriorityQueue(7 as never)).toThrow(TypeError);
});
