import { checkConnection } from "../connection/client-options.ts";
import { decimalNumber, parseQos, wholeNumber } from "../connection/numbers.ts";
import { connectionOptions } from "../connection/options.ts";
import { topicName } from "../connection/topics.ts";
import type { Command } from "../frame/command.ts";
import type { Option } from "../frame/option.ts";
import { parse } from "../frame/parse.ts";
import { UsageError } from "../frame/usage-error.ts";
import { defaultPub, type PubSettings, type Source } from "./settings.ts";

type PubOption = Option<PubSettings>;

const group = "Message";
/** A greater count would take centuries. */
const MOST_REPEATS = 2_147_483_647;
const MOST_SECONDS = 2_147_483;

function setSource(settings: PubSettings, source: Source, name: string): void {
  if (settings.source !== undefined)
    throw new UsageError(`${name}: only one of -m, -f, -n, -s and -l can be given.`);
  settings.source = source;
}

const messageOptions: readonly PubOption[] = [
  {
    names: ["-t", "--topic"],
    values: ["TOPIC"],
    summary: "The topic of the messages.",
    apply(settings, [topic = ""], name) {
      settings.topic = topicName(topic, name);
    },
  },
  {
    names: ["-m", "--message"],
    values: ["TEXT"],
    summary: "Publishes this text.",
    apply: (settings, [text = ""], name) => setSource(settings, { kind: "text", text }, name),
  },
  {
    names: ["-f", "--file"],
    values: ["FILE"],
    summary: "Publishes the content of a file.",
    completion: "file",
    apply: (settings, [file = ""], name) => setSource(settings, { kind: "file", file }, name),
  },
  {
    names: ["-n", "--null-message"],
    summary: "Publishes a message without a payload. With -r it removes the retained message.",
    apply: (settings, _, name) => setSource(settings, { kind: "null" }, name),
  },
  {
    names: ["-s", "--stdin-file"],
    summary: "Publishes the whole standard input as one message.",
    apply: (settings, _, name) => setSource(settings, { kind: "stdin" }, name),
  },
  {
    names: ["-l", "--stdin-line"],
    summary: "Publishes each line of the standard input, and connects again after a loss.",
    apply: (settings, _, name) => setSource(settings, { kind: "lines" }, name),
  },
  {
    names: ["-q", "--qos"],
    values: ["QOS"],
    summary: "The quality of service: 0, 1 or 2. Default: 0.",
    completion: ["0", "1", "2"],
    apply(settings, [text = ""], name) {
      settings.qos = parseQos(name, text);
    },
  },
  {
    names: ["-r", "--retain"],
    summary: "The broker retains the message.",
    apply(settings) {
      settings.retain = true;
    },
  },
  {
    names: ["--repeat"],
    values: ["COUNT"],
    summary: "Publishes the message so many times, each after the answer to the one before. Not with -l.",
    apply(settings, [text = ""], name) {
      settings.repeat = wholeNumber(name, text, 1, MOST_REPEATS);
    },
  },
  {
    names: ["--repeat-delay"],
    values: ["SECONDS"],
    summary: "The pause between two repetitions. Default: 0.",
    apply(settings, [text = ""], name) {
      settings.repeatDelay = decimalNumber(name, text, 0, MOST_SECONDS);
    },
  },
  {
    names: ["--json"],
    summary: "Prints an object for each message: topic, qos, mid, reasonCode.",
    apply(settings) {
      settings.json = true;
    },
  },
  {
    names: ["--reconnect"],
    summary: "Connects again after a loss, as -l does.",
    apply(settings) {
      settings.reconnect = true;
    },
  },
  {
    names: ["--no-reconnect"],
    summary: "Ends at a loss, also with -l.",
    apply(settings) {
      settings.reconnect = false;
    },
  },
];

const options: readonly PubOption[] = [
  ...messageOptions.map((option) => ({ group, ...option })),
  ...connectionOptions,
];

/** `mqtt-native pub`: publishes as mosquitto_pub does. */
export const pub: Command = {
  name: "pub",
  summary: "publish messages, with the flags of mosquitto_pub",
  help: {
    examples: [
      ["-t plant/pump -m on", "publish a text at the broker on this machine"],
      ["-L mqtts://user:secret@broker.example/plant/pump -m on -q 1", "over TLS, with an acknowledgement"],
      ["-t plant/pump -n -r", "remove the retained message of a topic"],
      ["-t plant/log -l < log.txt", "publish each line of a file"],
      [
        "-t plant/image -f image.png -V 5 -D publish content-type image/png",
        "a file with an MQTT 5 property",
      ],
    ],
    usage: ["{-t TOPIC | -L URL} {-m TEXT | -f FILE | -n | -s | -l} [OPTION ...]"],
    exitCodes: [
      ["0", "published; a message that the broker refused is a warning only"],
      ["1", "wrong command line, or no connection"],
      ["1 to 5, 128 to 159", "the broker refused the connection, with this code of MQTT 3.1.1 or MQTT 5"],
      ["7", "the connection was lost"],
      ["8", "TLS failed"],
      ["11, 16", "the proxy refused the user; the proxy failed"],
      ["25", "the broker does not take a message of this size or kind"],
    ],
  },
  options,
  async run(words, io) {
    const settings = parse(options, words, defaultPub());
    checkConnection(settings);
    const { topic, source } = settings;
    if (topic === undefined || source === undefined) {
      throw new UsageError("A topic (-t or -L) and a message (-m, -f, -n, -s or -l) must be given.");
    }
    topicName(topic, "-L");
    const { publishAll } = await import("./publish.ts");
    return publishAll({ ...settings, topic, source }, io);
  },
};
