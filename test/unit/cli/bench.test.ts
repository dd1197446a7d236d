import { describe, expect, test } from "vitest";
import { bench } from "../../../lib/cli/bench/command.ts";
import { type Latency, Meter } from "../../../lib/cli/bench/meter.ts";
import { plot } from "../../../lib/cli/bench/plot.ts";
import { exactAxis, linearAxis, logAxis } from "../../../lib/cli/bench/plot-axes.ts";
import { summaryJson, summaryText } from "../../../lib/cli/bench/report.ts";
import { findWarnings } from "../../../lib/cli/bench/saturation.ts";
import { Schedule } from "../../../lib/cli/bench/schedule.ts";
import { benchOptions, checkSettings, defaultSettings, type Mode } from "../../../lib/cli/bench/settings.ts";
import { readStamp, writeStamp } from "../../../lib/cli/bench/stamp.ts";
import { rateText, stylesFor, timeText } from "../../../lib/cli/bench/text.ts";
import { parse } from "../../../lib/cli/frame/parse.ts";

function parseSettings(mode: Mode, ...words: string[]) {
  const settings = parse(benchOptions, words, defaultSettings(mode));
  checkSettings(settings);
  return settings;
}

const latency: Latency = { p50: 120, p90: 250, p99: 1700, p999: 5210, max: 20_300 };
const point = { at: 1, seconds: 1, messages: 500, latency };
const result = {
  ...{
    seconds: 2.0004,
    messages: 169_706,
    rate: 84_740.26,
    latency,
    lost: 0,
    warnings: [],
    error: undefined,
  },
  points: [point, { ...point, at: 2, latency: undefined }, { ...point, at: 3, messages: 0 }],
};

describe("the command line", () => {
  test("has the flags of the measurement and of the connection", () => {
    const words = [
      "--clients",
      "4",
      "--rate",
      "2.5",
      "-q",
      "1",
      "--size=1024",
      "--duration",
      "500ms",
      "--json",
    ];
    expect(
      parseSettings("pub", ...words, "--svg", "a.svg", "-L", "mqtts://u:p@host/base", "-M", "7"),
    ).toMatchObject({
      ...{ mode: "pub", clients: 4, rate: 2.5, qos: 1, size: 1024, duration: 0.5, json: true, svg: "a.svg" },
      ...{ host: "host", port: 8883, username: "u", password: "p", topic: "base", maxInflight: 7 },
    });
  });

  test.each([
    ["90", 90],
    ["1.5s", 1.5],
    ["2m", 120],
    ["1h", 3600],
  ])("the duration %s is %d s", (text, seconds) => {
    expect(parseSettings("rtt", "--duration", text).duration).toBe(seconds);
  });

  test.each<[Mode, string[], string]>([
    ["rtt", ["--duration", "0s"], "--duration must be a time"],
    ["rtt", ["--duration", "25h"], "--duration must be a time"],
    ["rtt", ["--duration", "5d"], "--duration must be a time"],
    ["rtt", ["--size", "15"], "--size must be at least 16 with rtt"],
    ["sub", ["--rate", "5"], "--rate is for the modes that publish"],
    ["pub", ["--rate", "0"], "--rate must be a number from 0.001"],
    ["pub", ["--clients", "0"], "--clients must be a whole number from 1"],
    ["pub", ["-t", "a/#"], "-t must be a topic"],
    ["pub", ["-L", "mqtt://host/a/+"], "The topic must be without + and #"],
    ["pub", ["--will-topic", "a"], "Unknown option '--will-topic'"],
  ])("%s %j is an error that says what is allowed", (mode, words, text) => {
    expect(() => parseSettings(mode, ...words)).toThrow(text);
  });

  test.each([
    [[], "bench needs one of pub, sub, fan-in, fan-out, rtt."],
    [["fanin"], "bench needs one of pub, sub, fan-in, fan-out, rtt, not 'fanin'."],
    [["-q", "1"], "bench needs one of pub, sub, fan-in, fan-out, rtt, not '-q'."],
  ])("%j without a mode is an error", async (words, text) => {
    await expect(bench.run(words, undefined as never)).rejects.toThrow(text);
  });
});

test("a schedule is late by all that was missed, and never skips a message", () => {
  const schedule = new Schedule(1000, 50);
  expect(Array.from({ length: 3 }, () => schedule.take())).toEqual([50, 51, 52]);
  expect([schedule.next, schedule.taken]).toEqual([53, 3]);
});

test("a stamp is read from the payload that has it", () => {
  const payload = Buffer.alloc(20, "x");
  expect(readStamp(payload)).toBeUndefined();
  writeStamp(payload, { due: 1234.5678, lane: 9 });
  expect(readStamp(payload)).toEqual({ due: 1234.5678, lane: 9 });
  const short = Buffer.alloc(15, "x");
  writeStamp(short, { due: 1, lane: 1 });
  expect(short.toString()).toBe("x".repeat(15));
});

test("a meter has the latencies of all messages, of each part, and since the last line", () => {
  const meter = new Meter(1);
  for (let i = 1; i <= 100; i++) meter.count(i);
  meter.endPoint(0.25);
  meter.count(undefined);
  meter.endPoint(0.5);
  expect(meter.takeWindow()?.max).toBe(100_000);
  expect(meter.takeWindow()).toBeUndefined();
  expect(meter.points.map(({ messages, latency: part }) => [messages, part?.max])).toEqual([
    [100, 100_000],
    [1, undefined],
  ]);
  expect(meter.messages).toBe(101);
  expect(meter.latency).toMatchObject({ p50: expect.closeTo(50_000, -3), max: 100_000 });
});

test.each([
  [10, 0.25],
  [61, 0.5],
  [86_400, 360],
])("a measurement of %d s has parts of %d s, at most 240", (duration, length) => {
  expect(new Meter(duration).pointLength).toBe(length);
});

describe("warnings", () => {
  const load = { eventLoop: 0.5, processors: 0.5, machine: 0.5 };

  test("there is none while machine and event loop have time", () => {
    expect(findWarnings({ seconds: 9, load, rate: undefined, late: 0 })).toEqual([]);
    expect(findWarnings({ seconds: 0.1, load: { ...load, machine: 1 }, rate: undefined, late: 1 })).toEqual(
      [],
    );
    // A paced event loop polls.
    expect(findWarnings({ seconds: 9, load: { ...load, eventLoop: 1 }, rate: 100, late: 0.001 })).toEqual([]);
  });

  test.each([
    [
      { load: { ...load, eventLoop: 0.97 }, rate: undefined, late: 0 },
      "The event loop of this process was busy 97 %",
    ],
    [{ load: { ...load, machine: 1 }, rate: 5, late: 0 }, "The processors of this machine were busy 100 %"],
    [{ load, rate: 5, late: 0.25 }, "25 % of the messages were sent more than 1 ms after they were due."],
  ])("%j is one, and its consequence", (conditions, text) => {
    const [first, last] = findWarnings({ seconds: 9, ...conditions });
    expect(first).toContain(text);
    expect(last).toBe("So this machine may be the limit, rather than the broker.");
  });
});

test("the summary in JSON has its members and no others", () => {
  expect(JSON.parse(summaryJson(parseSettings("pub", "-q", "1", "--clients", "3"), result))).toEqual({
    ...{ mode: "pub", clients: 3, qos: 1, size: 64, seconds: 2, messages: 169_706, rate: 84_740.3 },
    latency: { unit: "us", ...latency },
  });
  const without = summaryJson(parseSettings("sub"), { ...result, latency: undefined });
  expect(JSON.parse(without)).toMatchObject({ mode: "sub", latency: null });
});

test("the summary for people has aligned lines, and no colours without a terminal", () => {
  const plain = stylesFor(false, {});
  expect(
    summaryText(parseSettings("pub"), { ...result, lost: 3 }, plain),
  ).toBe(`pub: 1 client, QoS 0, 64 B, 2.0 s
  messages  169,706
  rate      84,740 /s
  no answer 3
  p50       120 µs
  p90       250 µs
  p99       1.7 ms
  p99.9     5.21 ms
  max       20.3 ms

Latency: from the publish to its write.
`);
});

test.each([
  [true, {}, true],
  [true, { NO_COLOR: "1" }, false],
  [true, { NO_COLOR: "" }, true],
  [true, { TERM: "dumb" }, false],
  [false, {}, false],
])("on a terminal: %s, with %j: colours %s", (isTerminal, env, hasColours) => {
  expect(stylesFor(isTerminal, env).bold("a") !== "a").toBe(hasColours);
});

test.each([
  [999, "999 µs"],
  [1234, "1.23 ms"],
  [2_000_000, "2 s"],
])("%d µs is written as %s", (microseconds, text) => {
  expect(timeText(microseconds)).toBe(text);
});

test.each([
  [0.1234, "0.123"],
  [84_740.2, "84,740"],
])("the rate %d is written as %s", (rate, text) => {
  expect(rateText(rate)).toBe(text);
});

describe("axes", () => {
  test.each([
    [10, 8, [0, 2, 4, 6, 8, 10]],
    [84_740, 4, [0, 50_000, 100_000]],
    [0.5, 4, [0, 0.2, 0.4, 0.6]],
  ])("a linear axis to %d has round numbers", (greatest, count, ticks) => {
    const axis = linearAxis(greatest, 100, count);
    expect(axis.ticks).toEqual(ticks);
    expect([axis.place(0), axis.place(ticks.at(-1)!)]).toEqual([0, expect.closeTo(100)]);
  });

  test("an exact axis ends at its greatest value", () => {
    const axis = exactAxis(10.01, 100, 8);
    expect(axis.ticks).toEqual([0, 2, 4, 6, 8, 10]);
    expect(axis.place(10.01)).toBe(100);
  });

  test.each([
    [12, 4500, [10, 100, 1000, 10_000]],
    [100, 100, [100, 1000]],
  ])("a logarithmic axis from %d to %d has powers of ten", (smallest, greatest, ticks) => {
    const axis = logAxis(smallest, greatest, 90);
    expect(axis.ticks).toEqual(ticks);
    expect([axis.place(ticks[0]!), axis.place(ticks.at(-1)!)]).toEqual([0, expect.closeTo(90)]);
  });
});

describe("the plot", () => {
  test("has both panels, and the styles of both themes", () => {
    const svg = plot(parseSettings("fan-in", "--clients", "3"), result);
    expect(svg).toContain('<path class="rate"');
    for (const name of ["p50", "p99", "max"]) expect(svg).toContain(`<path class="line ${name}"`);
    expect(svg).toContain("prefers-color-scheme: dark");
    expect(svg).toContain("fan-in, 3 clients, QoS 0, 64 B");
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("has the rate alone where no message had a latency, or there is none", () => {
    for (const points of [[{ ...point, latency: undefined }], []]) {
      const svg = plot(parseSettings("sub"), { ...result, points, latency: undefined });
      expect(svg).not.toContain('class="line');
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});
