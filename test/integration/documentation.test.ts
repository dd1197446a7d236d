// The examples of README.md and docs/: all compile, and examples that need only a broker are run.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client } from "../../lib/index.ts";
import type { Broker } from "../../scripts/broker.mjs";
import { authenticationPlugin, sum } from "../support/authentication-plugin.ts";
import { type CodeBlock, readCodeBlocks, withoutImports } from "../support/code-blocks.ts";
import { eventually } from "../support/eventually.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { Relay } from "../support/relay.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const isCode = ({ language }: CodeBlock) => language === "ts" || language === "js";

// The directory is within the repository, so that imports of the package are found.
mkdirSync(join(root, "build"), { recursive: true });
const directory = mkdtempSync(join(root, "build/documentation-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** The declarations that examples assume. */
const GIVEN = `
import { Client, type Message, MqttCodeError, MqttError, PriorityQueue, ProtocolVersion, ProxySettings, socketConstants,
  TLSParameters, TopicMap } from "mqtt-native";
declare const client: Client;
declare const state: object;
declare const token: string;
declare const currentToken: () => string;
declare const onAlarm: (message: Message) => void;
declare const onAny: (message: Message) => void;
declare const [ca, cert, key]: [Buffer, Buffer, Buffer];
`;
const SCRAM = "declare const scram: { begin(): Buffer; answer(data: Buffer): Promise<Buffer> };";

/** An example as a module. It gets the assumed declarations except those that it makes itself. */
function alone(block: CodeBlock): string {
  const given = GIVEN.split("\n").filter((line) => {
    const [, name] = /^declare const (\w+)/.exec(line) ?? [];
    return name === undefined || !new RegExp(`(const|using) ${name}\\b`).test(block.code);
  });
  return `${given.join("\n")}\n${withoutImports([block])}\nexport {};`;
}

/** The output of TypeScript for the modules in `directory`. */
function compile(): string {
  const compilerOptions = {
    ...{
      noEmit: true,
      emitDeclarationOnly: false,
      incremental: false,
      isolatedDeclarations: false,
      declaration: false,
    },
    ...{ noUnusedLocals: false, noUnusedParameters: false, rootDir: root },
    // The options are strict, except for two that even strict programs mostly lack.
    ...{ exactOptionalPropertyTypes: false, noPropertyAccessFromIndexSignature: false },
    paths: { "mqtt-native": ["../../lib/index.ts"] },
  };
  const configuration = { extends: "../../tsconfig.json", compilerOptions, include: ["*.ts"] };
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(configuration));
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
    "bin/tsc",
  );
  return spawnSync(process.execPath, [compiler, "-p", directory, "--pretty", "false"], { encoding: "utf8" })
    .stdout;
}

test("all examples compile", () => {
  const names = ["api", "connecting", "staying-connected", "from-aiomqtt", "from-mqttjs"];
  const pages = names.map((name) => `docs/${name}.md`);
  for (const page of ["README.md", ...pages])
    for (const [index, block] of readCodeBlocks(page).filter(isCode).entries()) {
      if (page === "README.md" && block.language === "js") continue; // the README's programs are run below
      writeFileSync(join(directory, `${page.replaceAll(/\W/g, "-")}-${index}.ts`), alone(block));
    }
  // The examples of these pages continue each other.
  const mqtt5 = withoutImports(readCodeBlocks("docs/mqtt5.md").filter(isCode));
  const imports = 'import { Client, MqttCodeError, ProtocolVersion } from "mqtt-native";';
  writeFileSync(join(directory, "mqtt5.ts"), `${imports}\n${SCRAM}\n${mqtt5}`);
  const receiving = withoutImports(readCodeBlocks("docs/receiving.md").filter(isCode));
  const given =
    'import { Client, type Message, ProtocolVersion } from "mqtt-native";\ndeclare const client: Client;';
  writeFileSync(join(directory, "receiving.ts"), `${given}\n${receiving}\nexport {};`);
  expect(compile()).toBe("");
});

describe("README.md", () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startMosquitto();
  });
  afterAll(() => broker.stop());

  const programs = readCodeBlocks("README.md").filter(({ language }) => language === "js");

  test.each(programs.map((block, index) => [index, block] as const))(
    "program %i of README.md prints the messages that it receives, also after a lost connection",
    async (index, block) => {
      await using relay = await Relay.to(broker);
      const path = join(directory, `readme-${index}.mjs`);
      writeFileSync(path, block.code);
      const child = spawn(process.execPath, [path, relay.url, "temperature/#"], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      let printed = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
      });
      await using client = await Client.connect(broker.url);
      await eventually(async () => {
        await client.publish("temperature/room/outside", "-4");
        expect(printed).toMatch(/^temperature\/room\/outside:? -4\n/);
      });
      relay.cut();
      await eventually(async () => {
        await client.publish("temperature/room/inside", "20");
        expect(printed).toContain("temperature/room/inside: 20\n");
      });
      child.kill();
      await once(child, "close");
    },
  );
});

test("the examples of docs/mqtt5.md run", async () => {
  using plugin = authenticationPlugin();
  await using broker = await startMosquitto();
  await using authenticating = await startMosquitto({ config: plugin.config });
  const blocks = readCodeBlocks("docs/mqtt5.md").filter(isCode);
  const code = blocks.map((block) => {
    const isAuthentication = block.heading === "Enhanced authentication";
    const url = (isAuthentication ? authenticating : broker).url;
    return {
      ...block,
      code: block.code.replaceAll('"localhost"', `"${url}"`).replaceAll("SCRAM-SHA-256", "sum"),
    };
  });
  Object.assign(globalThis, { scram: { begin: () => "2", answer: async (data: Buffer) => sum(data) } });
  const library = fileURLToPath(new URL("../../lib/index.ts", import.meta.url));
  const module = [
    `import { Client, MqttCodeError, ProtocolVersion } from ${JSON.stringify(library)};`,
    withoutImports(code),
    "export { authenticated, client, frugal, meter, published, watched };",
  ].join("\n");
  const path = join(directory, "run-mqtt5.ts");
  writeFileSync(path, module);
  const { published, watched, ...clients } = (await import(path)) as Record<
    "client" | "meter" | "frugal" | "authenticated" | "watched",
    Client
  > & {
    published: Awaited<ReturnType<Client["publish"]>>;
  };
  expect(published.reasonCode.name).toBe("No matching subscribers");
  expect(watched.connected).toBe(false);
  expect(clients.authenticated.connection?.properties?.authenticationData?.toString()).toBe("content");
  for (const client of Object.values(clients)) {
    expect(client.connected).toBe(true);
    await client.disconnect();
  }
});

test("the examples of docs/staying-connected.md run, and their clients outlive a lost connection", async () => {
  await using broker = await startMosquitto();
  await using relay = await Relay.to(broker);
  const blocks = readCodeBlocks("docs/staying-connected.md").filter(isCode);
  const code = blocks.map((block) => ({
    ...block,
    code: block.code.replaceAll(/mqtt:\/\/(broker|[ab])\.example/g, relay.url),
  }));
  const library = fileURLToPath(new URL("../../lib/index.ts", import.meta.url));
  const module = [
    `import { Client, ProtocolVersion } from ${JSON.stringify(library)};`,
    'const currentToken = () => "secret";',
    withoutImports(code),
    "export { client, credentials, early, patient, redundant };",
  ].join("\n");
  const path = join(directory, "run-staying-connected.ts");
  writeFileSync(path, module);
  const clients = Object.values((await import(path)) as Record<string, Client>);
  expect(clients).toHaveLength(5);
  relay.cut();
  await eventually(() => expect(clients.map(({ connected }) => connected)).not.toContain(true));
  for (const client of clients) {
    await client.ready({ timeout: 10 });
    await client.publish("plant", "on", { qos: 1 });
    await client.disconnect();
  }
});
