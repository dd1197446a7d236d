import type { Properties } from "./properties.ts";

/** The protocol versions, by the numbers that `-V` takes. */
export type Version = "31" | "311" | "5";

export interface WillSettings {
  topic?: string;
  payload?: string;
  qos: 0 | 1 | 2;
  retain: boolean;
}

export interface TlsSettings {
  cafile?: string;
  capath?: string;
  cert?: string;
  key?: string;
  ciphers?: string;
  version?: string;
  alpn?: string;
  insecure: boolean;
  systemCertificates: boolean;
}

/** The address of a proxy, as `ProxySettingsOptions` of the client. */
export interface ProxyAddress {
  proxyType: "socks4" | "socks5" | "http";
  proxyAddr: string;
  proxyPort?: number;
  proxyRdns: boolean;
  proxyUsername?: string;
  proxyPassword?: string;
}

/** The flags about the connection, which the commands share. */
export interface ConnectionSettings {
  host?: string;
  port?: number;
  transport: "tcp" | "websockets" | "unix";
  websocketPath?: string;
  bindAddress?: string;
  proxy?: ProxyAddress;
  id?: string;
  idPrefix?: string;
  username?: string;
  password?: string;
  version: Version;
  cleanSession: boolean;
  /** Seconds; -1 if it was not given. */
  sessionExpiry: number;
  keepalive: number;
  maxInflight: number;
  debug: boolean;
  quiet: boolean;
  tls: TlsSettings;
  will: WillSettings;
  properties: Properties;
  /** Is called with the topic of a URL. */
  onUrlTopic: (topic: string) => void;
}

/** Returns the settings without any flag. */
export const defaultConnection = (): Omit<ConnectionSettings, "onUrlTopic"> => ({
  transport: "tcp",
  version: "311",
  cleanSession: true,
  sessionExpiry: -1,
  keepalive: 60,
  maxInflight: 20,
  debug: false,
  quiet: false,
  tls: { insecure: false, systemCertificates: false },
  will: { qos: 0, retain: false },
  properties: {},
});
