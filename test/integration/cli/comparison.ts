import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../../lib/cli/main.ts";
import { Client, type Message, type PublishOptions } from "../../../lib/index.ts";
import type { Broker } from "../../../scripts/broker.mjs";
import { AsyncStack } from "../../support/async-stack.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { type Outcome, ours, splitWords, start, theirs } from "../../support/programs.ts";
import { startMicrosocks } from "../../support/proxies/services.ts";
import type { Authority } from "../../support/tls/authority.ts";

/** A message: the topic below that of the case, payload and options. */
export type Given = readonly [topic: string, payload: string | Uint8Array, options?: PublishOptions];

/** A command line for both programs. `{t}` is a topic of its own, and `{port}` the port of the broker. */
export interface Case {
  command: "pub" | "sub";
  line: string;
  /** The broker: one for anybody, one with users and access rights, one with limits. */
  broker?: "open" | "users" | "limits";
  stdin?: string | Uint8Array;
  env?: NodeJS.ProcessEnv;
  /** Retained messages that the broker has before. */
  retained?: readonly Given[];
  /** Messages that are published when the subscription is there. */
  feed?: readonly Given[];
  /** The number of messages that `pub` publishes. Default: 1 if it ends with 0. */
  messages?: number;
  /** A difference that is meant: parts of our outcome. */
  differs?: Partial<Observed>;
  /** Whether mosquitto's client would not end. Then `differs` is all of our outcome. */
  hangs?: boolean;
}

export const pub = (line: string, more: Omit<Case, "command" | "line"> = {}): Case => ({
  command: "pub",
  line,
  ...more,
});
export const sub = (line: string, more: Omit<Case, "command" | "line"> = {}): Case => ({
  command: "sub",
  line,
  ...more,
});

const ACCESS = "acl_file";

type Brokers = Record<"open" | "users" | "limits", Broker>;

/** The brokers of one program, so that both programs can use the same topics. */
export class World implements AsyncDisposable {
  readonly #brokers: Brokers;
  readonly #words: Record<string, string | number>;
  readonly #stack: AsyncStack;

  static async create(certificates: Authority, accessFile: string): Promise<World> {
    const stack = new AsyncStack();
    const { keyFile, chainFile } = await certificates.issue();
    const client = await certificates.issue({ purpose: "client", names: [] });
    const tls = [`certfile ${chainFile}`, `keyfile ${keyFile}`];
    const mutualTls = [...tls, `cafile ${certificates.certificateFile}`, "require_certificate true"];
    const folder = await mkdtemp(join(tmpdir(), "mqtt-native-socket-"));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const open = await startMosquitto({
      listeners: [tls, mutualTls],
      config: ["max_queued_messages 0", `listener 0 ${folder}/socket`],
    });
    stack.use(open);
    const proxy = stack.use(await startMicrosocks());
    const account = stack.use(await startMicrosocks({ username: "us:er", password: "p@ss" }));
    const users = await startMosquitto({
      users: { user: "secret", admin: "admin" },
      config: [`${ACCESS} ${accessFile}`],
    });
    stack.use(users);
    const limits = await startMosquitto({
      config: ["max_qos 1", "retain_available false", "max_packet_size 200", "max_topic_alias 0"],
    });
    stack.use(limits);
    const [tlsPort = 0, mutualTlsPort = 0] = open.furtherPorts;
    const words = {
      tls: tlsPort,
      mtls: mutualTlsPort,
      ca: certificates.certificateFile,
      cert: client.certificateFile,
      key: client.keyFile,
      socket: `${folder}/socket`,
      proxy: proxy.port,
      account: account.port,
    };
    return new World({ open, users, limits }, words, stack);
  }

  private constructor(brokers: Brokers, words: Record<string, string | number>, stack: AsyncStack) {
    this.#brokers = brokers;
    this.#words = words;
    this.#stack = stack;
  }

  /** Replaces the words in braces of a command line. */
  complete(each: Case, topic: string): string {
    const words: Record<string, string | number> = { ...this.#words, t: topic, port: this.broker(each).port };
    return each.line.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(words[name] ?? whole));
  }

  broker({ broker = "open" }: Case): Broker {
    return this.#brokers[broker];
  }

  async connect(each: Case): Promise<Client> {
    const { port } = this.broker(each);
    const credentials = each.broker === "users" ? { username: "admin", password: "admin" } : {};
    return await Client.connect("127.0.0.1", port, { protocol: 5, ...credentials });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack[Symbol.asyncDispose]();
  }
}

/** The end of a command line, its output, and for `pub` the messages that arrived. */
export interface Observed extends Outcome {
  messages: unknown[];
}

/** Runs a case with one of the programs. */
export async function observe(each: Case, topic: string, world: World, isOurs: boolean): Promise<Observed> {
  const program = isOurs ? ours(each.command) : theirs(each.command);
  const { port } = world.broker(each);
  const line = world.complete(each, topic);
  const words = splitWords(line);
  const hasBroker = /-L |-p |--unix |--help|--version/.test(line);
  const place = hasBroker ? [] : ["-h", "127.0.0.1", "-p", String(port)];
  // Mosquitto's clients read a file of flags from this folder.
  const env = { XDG_CONFIG_HOME: "/does/not/exist", ...each.env };
  const run = () => start([...program, ...place, ...words], { stdin: each.stdin, env });
  if (each.differs?.stderr === USAGE) {
    const outcome = isOurs ? await runHere([each.command, ...place, ...words]) : await run().ended;
    return normalize({ ...outcome, messages: [] });
  }
  await using client = await world.connect(each);
  const observed = each.command === "pub" ? await observePub(each, topic, client, run) : undefined;
  if (observed) return normalize(observed);
  for (const [below, payload, options] of each.retained ?? []) {
    await client.publish(`${topic}${below}`, payload, { qos: 1, ...options, retain: true });
  }
  const running = run();
  let hasEnded = false;
  running.ended.then(() => {
    hasEnded = true;
  });
  const [outcome] = await Promise.all([running.ended, feed(each.feed ?? [], topic, client, () => hasEnded)]);
  return normalize({ ...outcome, messages: [] });
}

/** Runs a command line of ours in this process. A wrong one does not load the client, and connects to nothing. */
async function runHere(words: readonly string[]): Promise<Outcome> {
  const texts = { stdout: "", stderr: "" };
  const write = (stream: keyof typeof texts) => (chunk: string | Uint8Array) => {
    texts[stream] += chunk;
  };
  const code = await main(words, {
    input: process.stdin,
    output: { isTerminal: false, failed: false, write: write("stdout") },
    errors: { isTerminal: false, failed: false, write: write("stderr") },
    env: {},
    onInterrupt: () => () => {},
  });
  return { code, signal: null, ...texts };
}

/** Publishes messages. The first one is repeated until the broker knows a subscriber. */
async function feed(
  messages: readonly Given[],
  topic: string,
  client: Client,
  hasEnded: () => boolean,
): Promise<void> {
  for (const [index, [below, payload, options]] of messages.entries()) {
    while (!hasEnded()) {
      const settings = { qos: 1 as const, ...options };
      const { reasonCode } = await client.publish(`${topic}${below}`, payload, settings);
      if (index > 0 || reasonCode.value !== NO_SUBSCRIBERS) break;
    }
  }
}

/** The errors of a command line that is wrong. Their texts are our own. */
const USAGE = "usage";

const NO_SUBSCRIBERS = 0x10;

async function observePub(
  each: Case,
  topic: string,
  client: Client,
  run: () => ReturnType<typeof start>,
): Promise<Observed> {
  await client.subscribe(`${topic}/#`, { qos: 2, retainAsPublished: true });
  const outcome = await run().ended;
  const messages: unknown[] = [];
  const expected = each.messages ?? (outcome.code === 0 && outcome.stderr === "" ? 1 : 0);
  while (messages.length < expected) messages.push(describe(await next(client)));
  await client.publish(`${topic}/end`, "", { qos: 1 });
  for (;;) {
    const message = await next(client);
    if (message.topic.value === `${topic}/end`) return { ...outcome, messages };
    messages.push(describe(message));
  }
}

async function next(client: Client): Promise<Message> {
  const { value } = await client.messages.next({ timeout: 5 });
  if (value === undefined) throw new Error("no message");
  return value;
}

const describe = ({ topic, payload, qos, retain, properties }: Message) => ({
  ...{ topic: topic.value, payload: payload.toString("latin1"), qos, retain },
  ...(properties ? { properties: JSON.stringify(Object.entries(properties).toSorted()) } : {}),
});

/** Removes the parts of an outcome that differ from run to run. */
function normalize(observed: Observed): Observed {
  const stdout = observed.stdout
    .replaceAll(/auto-[0-9A-F-]{36}/g, "auto-ID")
    .replaceAll(/(?<=^Client )(?:mosq-\w{18}|\w{22})(?= )/gm, "generated-ID")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z?([+-]\d{4})/g, "TIME$1")
    .replaceAll(/\b\d{10}\.\d{9}\b/g, "SECONDS");
  const { stderr } = observed;
  return { ...observed, stdout, stderr: stderr.includes("--help' to see usage") ? USAGE : toPlain(stderr) };
}

/** Removes the details that our errors have in parentheses. */
const toPlain = (stderr: string): string => stderr.replaceAll(/(?<=[^ ]) \((?!Lookup).*\)$/gm, "");
