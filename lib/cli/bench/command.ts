import type { Command } from "../frame/command.ts";
import type { Io } from "../frame/io.ts";
import { parse } from "../frame/parse.ts";
import { UsageError } from "../frame/usage-error.ts";
import { benchOptions, checkSettings, defaultSettings, MODES, type Mode } from "./settings.ts";

/** `mqtt-native bench`: measures a broker, and the way to it. */
export const bench: Command = {
  name: "bench",
  summary: "measure the rate and the latency of a broker",
  help: {
    examples: [
      ["rtt -L mqtt://localhost", "the round trip of one message after the other"],
      [
        "bench pub -L mqtt://localhost --clients 4 -q 1 --rate 5000",
        "publish 5,000 messages a second at QoS 1",
      ],
      [
        "bench fan-out -L mqtts://broker.example --clients 100 --rate 50 --svg plot.svg",
        "100 subscribers, with a plot",
      ],
    ],
    usage: ["pub|sub|fan-in|fan-out|rtt [OPTIONS]"],
    notes: [
      "pub: clients publish, and the latency is that of the broker's acknowledgement. sub: clients subscribe, and count what others publish. fan-in: clients publish to one subscriber. fan-out: one client publishes to all subscribers. rtt: each client gets its own messages back.",
      "With --rate a latency begins when the message was due, so that a slow answer counts for all messages that it delays. Ctrl-C ends the measurement with its summary.",
    ],
    exitCodes: [
      ["0", "the measurement has ended, also by Ctrl-C"],
      ["1", "the command line is wrong, there is no connection, or a connection was lost"],
    ],
  },
  options: benchOptions,
  async run(words: readonly string[], io: Io): Promise<number> {
    const [mode = "", ...flags] = words;
    const settings = defaultSettings(parseMode(mode) ?? "pub");
    if (parseMode(mode) === undefined) {
      parse(benchOptions, mode.startsWith("-") ? words : [], settings); // it throws for --help
      throw new UsageError(`bench needs one of ${MODES.join(", ")}${mode === "" ? "" : `, not '${mode}'`}.`);
    }
    parse(benchOptions, flags, settings);
    checkSettings(settings);
    const { runBench } = await import("./run.ts");
    return runBench(settings, io);
  },
};

function parseMode(word: string): Mode | undefined {
  return MODES.find((each) => each === word);
}
