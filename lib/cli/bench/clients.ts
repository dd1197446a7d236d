import { Client, type ClientOptions, type SubscribeProperties } from "mqtt-native";
import { clientArguments } from "../connection/client-options.ts";
import { Lane } from "./lane.ts";
import { type BenchSettings, isDelivery } from "./settings.ts";

/** How many clients connect at once. */
const AT_ONCE = 50;
/** Seconds for a connection, a subscription, and an orderly end. */
const CONNECT_TIMEOUT = 10;
const DISCONNECT_TIMEOUT = 1;

/** The clients of a measurement, connected and subscribed. */
export interface Clients {
  /** The publishers. */
  readonly lanes: readonly Lane[];
  readonly subscribers: readonly Client[];
  /** The number of deliveries of each message. */
  readonly copies: number;
  readonly all: readonly Client[];
}

/** The numbers of publishers and subscribers. With rtt each client is both. */
function counts({ mode, clients }: BenchSettings): { publishers: number; subscribers: number } {
  if (mode === "pub") return { publishers: clients, subscribers: 0 };
  if (mode === "sub") return { publishers: 0, subscribers: clients };
  if (mode === "fan-in") return { publishers: clients, subscribers: 1 };
  return mode === "fan-out"
    ? { publishers: 1, subscribers: clients }
    : { publishers: clients, subscribers: 0 };
}

/** Connects the clients of a measurement, and subscribes. */
export async function connectClients(settings: BenchSettings, signal: AbortSignal): Promise<Clients> {
  const { mode, topic, qos, properties } = settings;
  const own = properties.subscribe && { properties: properties.subscribe as SubscribeProperties };
  const { publishers, subscribers } = counts(settings);
  const all = Array.from({ length: publishers + subscribers }, (_, index) => makeClient(settings, index));
  try {
    await inGroups(all, (client) => client.connect({ signal, timeout: CONNECT_TIMEOUT }));
    const listening = mode === "rtt" ? all : all.slice(publishers);
    const toFilter = (index: number) => (mode === "rtt" ? `${topic}/${index}` : `${topic}/#`);
    await inGroups(listening, (client, index) =>
      client.subscribe(toFilter(index), { qos, signal, timeout: CONNECT_TIMEOUT, ...own }),
    );
    const lanes = all
      .slice(0, publishers)
      .map((client, index) => new Lane(client, `${topic}/${index}`, index, settings));
    const copies = isDelivery(mode) ? (mode === "fan-out" ? subscribers : 1) : 0;
    return { lanes, subscribers: listening, copies, all };
  } catch (error) {
    await disconnectAll(all);
    throw error;
  }
}

/** Disconnects clients. It does not fail. */
export async function disconnectAll(clients: readonly Client[]): Promise<void> {
  await Promise.allSettled(clients.map((client) => client.disconnect({ timeout: DISCONNECT_TIMEOUT })));
}

function makeClient(settings: BenchSettings, index: number): Client {
  const [host, options] = clientArguments(settings);
  const { identifier, ...others } = options;
  // Two connections with one identifier would end each other.
  const named: ClientOptions = identifier === undefined ? {} : { identifier: `${identifier}-${index}` };
  return new Client(host, { ...others, ...named });
}

async function inGroups<T>(
  items: readonly T[],
  call: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  for (let first = 0; first < items.length; first += AT_ONCE)
    await Promise.all(items.slice(first, first + AT_ONCE).map((item, place) => call(item, first + place)));
}
