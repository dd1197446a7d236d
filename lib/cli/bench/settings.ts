import { decimalNumber, parseQos, wholeNumber } from "../connection/numbers.ts";
import { connectionOptions } from "../connection/options.ts";
import { type ConnectionSettings, defaultConnection } from "../connection/settings.ts";
import type { Option } from "../frame/option.ts";
import { UsageError } from "../frame/usage-error.ts";
import { STAMP_SIZE } from "./stamp.ts";

/** The measurements, by the first word of the command line. */
export const MODES = ["pub", "sub", "fan-in", "fan-out", "rtt"] as const;
export type Mode = (typeof MODES)[number];

/** The settings of a measurement. */
export interface BenchSettings extends ConnectionSettings {
  mode: Mode;
  clients: number;
  /** Messages a second over all clients; undefined: as fast as answers come. */
  rate?: number;
  qos: 0 | 1 | 2;
  /** Bytes of a payload. */
  size: number;
  /** Seconds. */
  duration: number;
  topic: string;
  json: boolean;
  svg?: string;
}

type BenchOption = Option<BenchSettings>;

const UNITS: Readonly<Record<string, number>> = { "": 1, ms: 0.001, s: 1, m: 60, h: 3600 };
const DAY = 86_400;

const ownOptions: readonly BenchOption[] = [
  {
    names: ["--clients"],
    values: ["COUNT"],
    summary:
      "The number of clients: publishers with pub and fan-in, subscribers with sub and fan-out, pairs with rtt. Default: 1.",
    apply(settings, [text = ""], name) {
      settings.clients = wholeNumber(name, text, 1, 10_000);
    },
  },
  {
    names: ["--rate"],
    values: ["RATE"],
    summary:
      "Messages that are published in a second, over all clients. Default: as fast as answers come, with -M of each client under way.",
    apply(settings, [text = ""], name) {
      settings.rate = decimalNumber(name, text, 0.001, 10_000_000);
    },
  },
  {
    names: ["-q", "--qos"],
    values: ["QOS"],
    summary: "The quality of service of messages and subscriptions: 0, 1 or 2. Default: 0.",
    completion: ["0", "1", "2"],
    apply(settings, [text = ""], name) {
      settings.qos = parseQos(name, text);
    },
  },
  {
    names: ["--size"],
    values: ["BYTES"],
    summary: `The size of a payload. Default: 64. Where the latency is that of delivery, at least ${STAMP_SIZE}.`,
    apply(settings, [text = ""], name) {
      settings.size = wholeNumber(name, text, 0, 268_000_000);
    },
  },
  {
    names: ["--duration"],
    values: ["TIME"],
    summary:
      "How long to measure, as 500ms, 10s, 5m or 1h. Default: 10s. With sub it begins with the first message.",
    apply(settings, [text = ""], name) {
      settings.duration = parseDuration(text, name);
    },
  },
  {
    names: ["-t", "--topic"],
    values: ["TOPIC"],
    summary:
      "The topic below which the clients publish, each on a topic of its own. Default: mqtt-native/bench.",
    apply(settings, [topic = ""], name) {
      if (/^$|[+#\0]/.test(topic))
        throw new UsageError(`${name} must be a topic without + and #, not '${topic}'.`);
      settings.topic = topic;
    },
  },
  {
    names: ["--json"],
    summary: "Prints the summary as one object of JSON.",
    apply(settings) {
      settings.json = true;
    },
  },
  {
    names: ["--svg"],
    values: ["FILE"],
    summary: "Writes a plot of rate and latency over time.",
    completion: "file",
    apply(settings, [file = ""]) {
      settings.svg = file;
    },
  },
];

/** The flags of the connection that a measurement has. */
const shared = connectionOptions.filter(
  ({ names: [name = ""] }) => !name.startsWith("--will") && !["-c", "-x", "-d", "--quiet"].includes(name),
);

/** The flags of `bench`. */
export const benchOptions: readonly BenchOption[] = [
  ...ownOptions.map((option) => ({ group: "Measurement", ...option })),
  ...shared,
];

/** Returns the settings of a command line without flags. */
export function defaultSettings(mode: Mode): BenchSettings {
  const settings: BenchSettings = {
    ...defaultConnection(),
    ...{ mode, clients: 1, qos: 0, size: 64, duration: 10, topic: "mqtt-native/bench", json: false },
    onUrlTopic: (topic) => {
      settings.topic = topic;
    },
  };
  return settings;
}

/** Checks the flags that depend on each other. It throws a `UsageError`. */
export function checkSettings({ mode, rate, size, topic }: BenchSettings): void {
  if (mode === "sub" && rate !== undefined)
    throw new UsageError("--rate is for the modes that publish. sub counts the messages of others.");
  if (/[+#]/.test(topic)) throw new UsageError(`The topic must be without + and #, not '${topic}'.`);
  if (isDelivery(mode) && size < STAMP_SIZE)
    throw new UsageError(`--size must be at least ${STAMP_SIZE} with ${mode}: the payload carries the time.`);
}

/** Whether a mode measures from the publish of a message to its delivery. */
export const isDelivery = (mode: Mode): boolean => mode === "fan-in" || mode === "fan-out" || mode === "rtt";

/** Returns the seconds of a duration with a unit. */
function parseDuration(text: string, name: string): number {
  const [, number = "", unit = ""] = /^(\d+\.?\d*|\.\d+)(ms|s|m|h|)$/.exec(text) ?? [];
  const seconds = number === "" ? Number.NaN : Number(number) * (UNITS[unit] ?? 1);
  if (seconds > 0 && seconds <= DAY) return seconds;
  throw new UsageError(`${name} must be a time up to 24h, such as 500ms, 10s, 5m or 1h, not '${text}'.`);
}
