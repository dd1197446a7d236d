import { beforeEach, expect, test, vi } from "vitest";
import type { Receiver } from "../../../lib/native/event-batch.ts";
import { hub } from "../../../lib/native/event-dispatcher.ts";

const { switches } = vi.hoisted(() => ({ switches: [] as boolean[] }));

/** An addon that notes when the dispatcher switches busy polling. */
vi.mock("../../../lib/native/binding.ts", () => ({
  addon: {
    Environment: class {
      busyPoll(wanted: boolean): void {
        switches.push(wanted);
      }
      keepAlive(): void {}
      retain(): void {}
    },
    Session: class {},
  },
}));

const receiver = {} as Receiver;
const queue = { keepsOperations: false, maxQueuedBytes: Number.POSITIVE_INFINITY };

/** Opens a new client as `Connection.connect` does. Returns its number. */
function open(busyPoll: boolean): number {
  const { client } = hub.create(queue);
  hub.open(client, receiver, true);
  hub.busyPoll(client, busyPoll);
  return client;
}

beforeEach(() => {
  switches.length = 0;
});

test("clients without the option busyPoll never switch busy polling", () => {
  hub.close(open(false));
  expect(switches).toEqual([]);
});

test("the event loop polls from the first open client with busyPoll to the last", () => {
  const first = open(true);
  const second = open(true);
  const other = open(false);
  expect(switches).toEqual([true]);
  hub.close(first);
  hub.close(other);
  expect(switches).toEqual([true]);
  hub.close(second);
  expect(switches).toEqual([true, false]);
});

test("a client that connects again switches busy polling on again", () => {
  const client = open(true);
  hub.close(client);
  hub.open(client, receiver, true);
  hub.busyPoll(client, true);
  hub.close(client);
  expect(switches).toEqual([true, false, true, false]);
});

test("busy polling of a client that is not open stays off", () => {
  const { client } = hub.create(queue);
  hub.busyPoll(client, true);
  expect(switches).toEqual([]);
});
