import type { Option } from "../frame/option.ts";
import { UsageError } from "../frame/usage-error.ts";
import { parseQos, wholeNumber } from "./numbers.ts";
import { applyProperty, PROPERTY_WORDS, propertyArity } from "./properties.ts";
import type { ConnectionSettings, Version } from "./settings.ts";
import { tlsOptions } from "./tls-options.ts";
import { topicName } from "./topics.ts";
import { applyUrl, parseProxy } from "./url.ts";

type ConnectionOption = Option<ConnectionSettings>;

const VERSIONS: Readonly<Record<string, Version>> = {
  "5": "5",
  mqttv5: "5",
  "311": "311",
  mqttv311: "311",
  "31": "31",
  mqttv31: "31",
};

const brokerOptions: readonly ConnectionOption[] = [
  {
    names: ["-L", "--url"],
    values: ["URL"],
    summary:
      "The broker, the user and the topic: mqtt[s]://[user[:password]@]host[:port]/topic. Also ws:// and wss://.",
    apply: (settings, [url = ""], name) => applyUrl(settings, url, name),
  },
  {
    names: ["-h", "--host"],
    values: ["HOST"],
    summary: "The broker's name or address. Default: localhost.",
    apply: (settings, [host]) => Object.assign(settings, { host }),
  },
  {
    names: ["-p", "--port"],
    values: ["PORT"],
    summary:
      "The broker's port. Default: 1883, and 8883 with --cafile or --capath. 0 makes -h the path of a Unix socket.",
    apply(settings, [text = ""], name) {
      const port = wholeNumber(name, text, 0, 65_535);
      settings.port = port;
      settings.transport = port === 0 ? "unix" : settings.transport === "unix" ? "tcp" : settings.transport;
    },
  },
  {
    names: ["--unix"],
    values: ["PATH"],
    summary: "Connects through a Unix socket.",
    completion: "file",
    apply: (settings, [host]) => Object.assign(settings, { host, port: 0, transport: "unix" }),
  },
  {
    names: ["--ws"],
    summary: "Speaks MQTT over WebSocket.",
    apply: (settings) => Object.assign(settings, { transport: "websockets" }),
  },
  {
    names: ["--ws-path"],
    values: ["PATH"],
    summary: "The path of the WebSocket. Default: /mqtt.",
    apply: (settings, [websocketPath]) => Object.assign(settings, { websocketPath }),
  },
  {
    names: ["-A"],
    values: ["ADDRESS"],
    summary: "The local address, or a name of it, to connect from.",
    apply: (settings, [bindAddress]) => Object.assign(settings, { bindAddress }),
  },
  {
    names: ["--proxy"],
    values: ["URL"],
    summary:
      "Connects through a proxy: socks5h://[user[:password]@]host[:port]. Also socks5, socks4a, socks4 and http.",
    apply: (settings, [url = ""], name) => Object.assign(settings, { proxy: parseProxy(url, name) }),
  },
  {
    names: ["--nodelay"],
    summary: "Accepted for mosquitto's sake: Nagle's algorithm is always off.",
    apply() {},
  },
];

const sessionOptions: readonly ConnectionOption[] = [
  {
    names: ["-i", "--id"],
    values: ["ID"],
    summary: "The client identifier. Default: the broker assigns one.",
    apply: (settings, [id]) => Object.assign(settings, { id }),
  },
  {
    names: ["-I", "--id-prefix"],
    values: ["PREFIX"],
    summary: "The client identifier is this prefix and the process id.",
    apply: (settings, [idPrefix]) => Object.assign(settings, { idPrefix }),
  },
  {
    names: ["-u", "--username"],
    values: ["NAME"],
    summary: "The user name.",
    apply: (settings, [username]) => Object.assign(settings, { username }),
  },
  {
    names: ["-P", "--pw"],
    values: ["PASSWORD"],
    summary: "The password.",
    apply: (settings, [password]) => Object.assign(settings, { password }),
  },
  {
    names: ["-V", "--protocol-version"],
    values: ["VERSION"],
    summary: "The version of MQTT: 5, 311 or 31, also as mqttv5, mqttv311 or mqttv31. Default: 311.",
    completion: Object.keys(VERSIONS),
    apply(settings, [text = ""], name) {
      const version = VERSIONS[text];
      if (version === undefined) {
        throw new UsageError(`${name} must be one of ${Object.keys(VERSIONS).join(", ")}, not '${text}'.`);
      }
      settings.version = version;
    },
  },
  {
    names: ["-c", "--disable-clean-session"],
    summary: "Resumes the session of the client identifier, and leaves it behind.",
    apply: (settings) => Object.assign(settings, { cleanSession: false }),
  },
  {
    names: ["-x"],
    values: ["SECONDS"],
    summary:
      "MQTT 5: the time that the session outlives the connection. -1 is forever, and the default with -c.",
    apply: (settings, [text = ""], name) =>
      Object.assign(settings, { sessionExpiry: parseExpiry(text, name) }),
  },
  {
    names: ["-k", "--keepalive"],
    values: ["SECONDS"],
    summary: "The time after which the client pings the broker, 5 to 65535. Default: 60.",
    apply: (settings, [text = ""], name) =>
      Object.assign(settings, { keepalive: wholeNumber(name, text, 5, 65_535) }),
  },
  {
    names: ["-M"],
    values: ["COUNT"],
    summary: "The number of messages of QoS 1 and 2 that may wait for the broker at once. Default: 20.",
    apply: (settings, [text = ""], name) =>
      Object.assign(settings, { maxInflight: wholeNumber(name, text, 1, 65_535) }),
  },
  {
    names: ["-D", "--property"],
    values: ["PACKET", "NAME", "VALUE"],
    arity: propertyArity,
    summary:
      "An MQTT 5 property, as in: -D publish content-type text/plain. A user-property has a name and a value.",
    completion: PROPERTY_WORDS,
    apply(settings, values, name) {
      applyProperty(settings.properties, values, name);
      settings.version = "5";
    },
  },
];

const FOREVER = 4_294_967_295;

/** Returns the seconds of `-x`, which may be hexadecimal or octal as in C. */
function parseExpiry(text: string, name: string): number {
  const isNumber = /^[+-]?(0x[0-9a-f]+|\d+)$/i.test(text);
  const digits = text.replace(/^\+/, "").replace(/^0+(?=[0-7]+$)/, "0o");
  const value = text === "∞" ? -1 : isNumber ? Number(digits) : Number.NaN;
  if (value === -1) return FOREVER;
  if (value >= 0 && value <= FOREVER) return value;
  throw new UsageError(
    `${name} must be a number of seconds from 0 to ${FOREVER}, or -1 for ever, not '${text}'.`,
  );
}

const group = "Will";

const willOptions: readonly ConnectionOption[] = [
  {
    names: ["--will-topic"],
    values: ["TOPIC"],
    summary: "The topic of the message that the broker publishes when it loses the client.",
    group,
    apply(settings, [topic = ""], name) {
      settings.will.topic = topicName(topic, name);
    },
  },
  {
    names: ["--will-payload"],
    values: ["TEXT"],
    summary: "Its payload. Default: none.",
    group,
    apply(settings, [payload = ""]) {
      settings.will.payload = payload;
    },
  },
  {
    names: ["--will-qos"],
    values: ["QOS"],
    summary: "Its quality of service: 0, 1 or 2. Default: 0.",
    group,
    completion: ["0", "1", "2"],
    apply(settings, [text = ""], name) {
      settings.will.qos = parseQos(name, text);
    },
  },
  {
    names: ["--will-retain"],
    summary: "The broker retains it.",
    group,
    apply(settings) {
      settings.will.retain = true;
    },
  },
];

const messageOptions: readonly ConnectionOption[] = [
  {
    names: ["-d", "--debug"],
    summary: "Prints the packets on standard output.",
    apply: (settings) => Object.assign(settings, { debug: true }),
  },
  {
    names: ["--quiet"],
    summary: "Prints no errors, except about the command line.",
    apply: (settings) => Object.assign(settings, { quiet: true }),
  },
];

const inGroup = (heading: string, options: readonly ConnectionOption[]): ConnectionOption[] =>
  options.map((option) => ({ group: heading, ...option }));

/** The flags about the connection. */
export const connectionOptions: readonly ConnectionOption[] = [
  ...inGroup("Broker", brokerOptions),
  ...inGroup("Session", sessionOptions),
  ...messageOptions,
  ...willOptions,
  ...tlsOptions,
];
