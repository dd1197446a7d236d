import { type ConnectionSettings, defaultConnection } from "../connection/settings.ts";
import type { Format } from "./format.ts";

export interface SubSettings extends ConnectionSettings {
  topics: string[];
  unsubscribes: string[];
  filterOuts: string[];
  qos: 0 | 1 | 2;
  retainAsPublished: boolean;
  /** The number of messages to print; `Infinity` without `-C`. */
  count: number;
  /** Seconds; `Infinity` without `-W`. */
  timeout: number;
  exitAfterSubscribing: boolean;
  noRetained: boolean;
  retainedOnly: boolean;
  removeRetained: boolean;
  /** The share of messages to print, above 0 to 1. */
  share: number;
  format?: Format;
  verbose: boolean;
  endOfLine: boolean;
  pretty: boolean;
  json: boolean;
  reconnect: boolean;
}

export function defaultSub(): SubSettings {
  const settings: SubSettings = {
    ...defaultConnection(),
    onUrlTopic: (topic) => settings.topics.push(topic),
    topics: [],
    unsubscribes: [],
    filterOuts: [],
    qos: 0,
    retainAsPublished: false,
    count: Number.POSITIVE_INFINITY,
    timeout: Number.POSITIVE_INFINITY,
    exitAfterSubscribing: false,
    noRetained: false,
    retainedOnly: false,
    removeRetained: false,
    share: 1,
    verbose: false,
    endOfLine: true,
    pretty: false,
    json: false,
    reconnect: true,
  };
  return settings;
}
