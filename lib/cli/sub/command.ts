import { checkConnection } from "../connection/client-options.ts";
import { decimalNumber, parseQos, wholeNumber } from "../connection/numbers.ts";
import { connectionOptions } from "../connection/options.ts";
import { topicFilter } from "../connection/topics.ts";
import type { Command } from "../frame/command.ts";
import type { Option } from "../frame/option.ts";
import { parse } from "../frame/parse.ts";
import { UsageError } from "../frame/usage-error.ts";
import { parseFormat } from "./format.ts";
import { defaultSub, type SubSettings } from "./settings.ts";

type SubOption = Option<SubSettings>;

const MOST_MESSAGES = 2_147_483_647;
const MOST_SECONDS = 2_147_483;

/** Returns a flag without a value. */
function switchTo(names: readonly string[], summary: string, change: Partial<SubSettings>): SubOption {
  return { names, summary, apply: (settings) => Object.assign(settings, change) };
}

/** Returns a flag that adds a topic filter to a list. */
function filterList(
  names: readonly string[],
  summary: string,
  list: "topics" | "unsubscribes" | "filterOuts",
): SubOption {
  return {
    ...{ names, values: ["FILTER"], summary },
    apply: (settings, [filter = ""], name) => settings[list].push(topicFilter(filter, name)),
  };
}

const subscriptionOptions: readonly SubOption[] = [
  filterList(["-t", "--topic"], "A topic filter to subscribe to. May be repeated.", "topics"),
  {
    names: ["-q", "--qos"],
    values: ["QOS"],
    summary: "The highest quality of service: 0, 1 or 2. Default: 0.",
    completion: ["0", "1", "2"],
    apply(settings, [text = ""], name) {
      settings.qos = parseQos(name, text);
    },
  },
  filterList(["-U", "--unsubscribe"], "A topic filter to unsubscribe from. May be repeated.", "unsubscribes"),
  filterList(
    ["-T", "--filter-out"],
    "Does not print messages of these topics. May be repeated.",
    "filterOuts",
  ),
  switchTo(["-R"], "Does not print messages that the broker had retained.", { noRetained: true }),
  switchTo(["--retained-only"], "Ends at the first message that the broker had not retained.", {
    retainedOnly: true,
  }),
  switchTo(["--remove-retained"], "Removes the retained messages that arrive. -T excludes topics.", {
    removeRetained: true,
  }),
  switchTo(["--retain-as-published"], "MQTT 5: messages keep their retain flag.", {
    retainAsPublished: true,
  }),
  switchTo(["--no-reconnect"], "Ends at a loss of the connection.", { reconnect: false }),
];

const endOptions: readonly SubOption[] = [
  {
    names: ["-C"],
    values: ["COUNT"],
    summary: "Ends after so many messages.",
    apply(settings, [text = ""], name) {
      settings.count = wholeNumber(name, text, 1, MOST_MESSAGES);
    },
  },
  {
    names: ["-W"],
    values: ["SECONDS"],
    summary: "Ends after this time, with exit code 27.",
    apply(settings, [text = ""], name) {
      settings.timeout = wholeNumber(name, text, 1, MOST_SECONDS);
    },
  },
  switchTo(["-E"], "Ends when the broker has answered the subscriptions.", { exitAfterSubscribing: true }),
];

const outputOptions: readonly SubOption[] = [
  switchTo(["-v", "--verbose"], "Prints the topic before the payload, in colour on a terminal.", {
    verbose: true,
  }),
  {
    names: ["-F"],
    values: ["FORMAT"],
    summary: "Prints messages in this format, such as '%I %t %p'. docs/command-line.md has its fields.",
    apply(settings, [text = ""]) {
      settings.format = parseFormat(text);
    },
  },
  switchTo(
    ["--json"],
    "Prints an object for each message: topic, qos, retain, payload, time, mid, properties.",
    {
      json: true,
    },
  ),
  switchTo(["--pretty"], "Prints the JSON of %j and %J with line breaks.", { pretty: true }),
  switchTo(["-N"], "Prints no end of line behind a message.", { endOfLine: false }),
  {
    names: ["--random-filter"],
    values: ["PERCENT"],
    summary: "Prints a random part of the messages, 0.1 to 100 percent.",
    apply(settings, [text = ""], name) {
      settings.share = decimalNumber(name, text, 0.1, 100) / 100;
    },
  },
];

const inGroup = (group: string, options: readonly SubOption[]): SubOption[] =>
  options.map((option) => ({ group, ...option }));

const options: readonly SubOption[] = [
  ...inGroup("Subscription", subscriptionOptions),
  ...inGroup("End", endOptions),
  ...inGroup("Output", outputOptions),
  ...connectionOptions,
];

/** `mqtt-native sub`: subscribes and prints as mosquitto_sub does. */
export const sub: Command = {
  name: "sub",
  summary: "subscribe, and print the messages, with the flags of mosquitto_sub",
  help: {
    examples: [
      ["-t 'plant/#' -v", "print topics and payloads"],
      [
        "-L mqtts://user:secret@broker.example/plant/# -q 1 -C 1 -W 10",
        "one message, or exit code 27 after 10 s",
      ],
      ["-t '#' --json | jq .topic", "one object for each message"],
      ["-t '#' -F '%I %t %l bytes, QoS %q'", "a format of one's own"],
      ["-t 'old/#' --remove-retained --retained-only -W 5", "remove retained messages"],
    ],
    usage: ["{-t FILTER ... | -L URL} [OPTION ...]"],
    exitCodes: [
      [
        "0",
        "ended by -C, -E, --retained-only, a signal, or the end of its reader; or all subscriptions were denied",
      ],
      ["1", "wrong command line, or no connection"],
      ["1 to 5, 128 to 159", "the broker refused the connection, with this code of MQTT 3.1.1 or MQTT 5"],
      ["7", "the connection was lost, and is not made again"],
      ["8", "TLS failed"],
      ["11, 16", "the proxy refused the user; the proxy failed"],
      ["27", "ended by -W"],
      ["255", "a signal came before there was a connection"],
    ],
  },
  options,
  async run(words, io) {
    const settings = parse(options, words, defaultSub());
    checkConnection(settings);
    settings.topics = settings.topics.map((topic) => topicFilter(topic, "-L"));
    if (settings.topics.length === 0) throw new UsageError("A topic filter (-t or -L) must be given.");
    if (settings.noRetained && settings.retainedOnly)
      throw new UsageError("-R and --retained-only exclude each other.");
    const { printMessages } = await import("./subscribe.ts");
    return printMessages(settings, io);
  },
};
