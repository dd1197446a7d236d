import { type ConnectionSettings, defaultConnection } from "../connection/settings.ts";

/** Where the messages come from. */
export type Source =
  | { kind: "text"; text: string }
  | { kind: "file"; file: string }
  | { kind: "null" }
  | { kind: "stdin" }
  | { kind: "lines" };

export interface PubSettings extends ConnectionSettings {
  topic?: string;
  source?: Source;
  qos: 0 | 1 | 2;
  retain: boolean;
  repeat: number;
  /** Seconds. */
  repeatDelay: number;
  json: boolean;
  /** Whether to connect again after a loss. Default: with `-l` only. */
  reconnect?: boolean;
}

export function defaultPub(): PubSettings {
  const settings: PubSettings = {
    ...defaultConnection(),
    onUrlTopic: (topic) => {
      settings.topic = topic;
    },
    qos: 0,
    retain: false,
    repeat: 1,
    repeatDelay: 0,
    json: false,
  };
  return settings;
}
