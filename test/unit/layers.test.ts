// Each folder of lib/ and native/ imports only from the folders below it. See docs/architecture.md.

import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { filesIn } from "../../scripts/setup/files.mjs";

const { dirname, join } = posix;

/**
 * The folders of a source tree, from the lowest to the highest, each with its allowed imports. An entry that ends
 * with a slash is a folder; any other is a file without its extension. A folder may always import its own files.
 * Subfolders may import the files directly in their folder, and these may import the subfolders.
 */
type Layers = Record<string, string[]>;

const LIB: Layers = {
  util: [],
  register: [],
  protocol: ["util/brand", "util/check"],
  packets: ["util/binary", "util/check", "util/unknown-member", "protocol/"],
  incoming: ["util/", "packets/", "protocol/"],
  diagnostics: ["util/log-histogram", "incoming/message", "packets/payload", "protocol/"],
  // An entry of its own, which has no code of the client.
  opentelemetry: [
    "util/timers",
    "diagnostics/events",
    "incoming/message",
    "packets/payload",
    "protocol/protocol-version",
    "protocol/property-types",
  ],
  native: [
    "util/logger",
    "util/thrown",
    "util/timers",
    "incoming/deferred-message",
    "incoming/message",
    "package-root",
    "packets/properties",
    "protocol/property-types",
    "protocol/topic",
  ],
  transport: ["util/binary", "util/check", "util/per-attempt", "util/unknown-member", "native/"],
  options: ["util/", "incoming/queues", "incoming/receipt", "packets/", "protocol/", "transport/"],
  connection: [
    "util/",
    "incoming/message",
    "native/",
    "options/",
    "packets/",
    "protocol/",
    "transport/connect-target",
  ],
  outgoing: [
    "util/",
    "connection/",
    "diagnostics/counters",
    "diagnostics/observer",
    "incoming/message",
    "incoming/receipt",
    "native/",
    "options/",
    "packets/",
    "protocol/",
  ],
  streams: [
    "util/",
    "connection/connection",
    "connection/late-acknowledgement",
    "incoming/",
    "options/",
    "outgoing/",
    "packets/",
    "protocol/",
  ],
  requests: [
    "util/",
    "connection/connection",
    "incoming/message",
    "options/",
    "outgoing/",
    "packets/",
    "protocol/",
    "streams/",
  ],
  session: [
    "util/",
    "connection/",
    "incoming/acknowledgements",
    "incoming/messages",
    "native/",
    "options/",
    "outgoing/",
    "packets/",
    "protocol/",
    "requests/requests",
    "streams/streams",
    "transport/connect-target",
  ],
  // The commands use the package by its name, as programs do.
  "cli/frame": ["util/unknown-member"],
  "cli/connection": ["cli/frame/"],
  "cli/pub": ["cli/frame/", "cli/connection/"],
  "cli/sub": ["cli/frame/", "cli/connection/"],
  "cli/bench": ["cli/frame/", "cli/connection/", "util/deferred", "util/log-histogram"],
  cli: [],
  mqttjs: [
    "util/",
    "connection/",
    "incoming/message",
    "native/",
    "options/",
    "outgoing/",
    "packets/",
    "protocol/",
    "session/attempt-parts",
    "transport/",
  ],
};

const NATIVE: Layers = {
  base: [],
  net: ["base/"],
  "net/http": ["base/"],
  "net/proxy": ["base/", "net/http/"],
  "net/tls": ["base/"],
  "net/websocket": ["base/", "net/http/"],
  mqtt: ["base/", "net/"],
  session: ["base/", "mqtt/", "net/"],
  paho: ["base/", "mqtt/", "session/"],
  "node/loop_delivery": ["base/", "net/", "session/"],
  node: ["base/", "mqtt/", "net/", "paho/control_planes", "session/"],
};

/** The one folder or file that may have some imports, the imports, and their pattern. */
const EXCLUSIVE: [only: string, what: string, imports: RegExp][] = [
  ["lib/native/binding.ts", "the loader of the addon", /^native\/loader\.ts$/],
  ["lib/opentelemetry/", "OpenTelemetry", /^@opentelemetry\//],
  ["native/paho/", "Paho's headers", /^MQTT\w*\.h$/],
  ["native/net/", "OpenSSL's headers", /^openssl\//],
  ["native/node/", "Node's headers", /^(?:napi|node_api|uv)\.h$/],
];

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

const TREES = {
  lib: { layers: LIB, importsOf: importsOfScript },
  native: { layers: NATIVE, importsOf: includesOf },
};

/** The files that a script of lib/ imports, from lib/; and the packages and modules of Node. */
function importsOfScript(file: string): string[] {
  const names = [...read(file).matchAll(/(?:\bfrom|\bimport) ?\(?"([^"]+)"/g)].map(([, name = ""]) => name);
  return names.map((name) => (name.startsWith(".") ? join(dirname(file), name).slice("lib/".length) : name));
}

/** The headers that a file of native/ includes; those of ours are from native/. */
function includesOf(file: string): string[] {
  return [...read(file).matchAll(/^#include ["<]([^">]+)[">]/gm)].map(([, name = ""]) => name);
}

const contains = (folder: string, path: string): boolean => path.startsWith(`${folder}/`);

/** Whether a folder may import a file of its own tree. */
function mayImport(folder: string, path: string, layers: Layers): boolean {
  if (contains(folder, path) || contains(dirname(path), `${folder}/`)) return true;
  const file = path.replace(/\.\w+$/, "");
  return (
    layers[folder]?.some((each) => (each.endsWith("/") ? path.startsWith(each) : file === each)) ?? false
  );
}

describe.each(Object.entries(TREES))("%s/", (tree, { layers, importsOf }) => {
  const files = filesIn(tree).filter((file) => /\.(?:ts|[ch]pp)$/.test(file));
  const topFolder = (file: string): string => dirname(file).slice(tree.length + 1);
  const names = Object.keys(layers);

  test(`${tree}/ has the folders of the table and no others`, () => {
    const folders = new Set(files.map(topFolder).filter((folder) => folder !== ""));
    expect(names.toSorted()).toEqual([...folders].toSorted());
  });

  test(`each folder of ${tree}/ may import only from folders above it in the table`, () => {
    const wrong = names.flatMap((folder, place) =>
      (layers[folder] ?? [])
        .filter((each) => each.includes("/"))
        .filter((each) => !names.slice(0, place).some((lower) => lower === dirname(`${each}x`)))
        .map((each) => `${folder} may not allow ${each}`),
    );
    expect(wrong).toEqual([]);
  });

  test.each(names)(`${tree}/%s imports only what the table allows`, (folder) => {
    const isOurs = (path: string) => names.includes(dirname(path)) || filesIn(`${tree}/${path}`).length > 0;
    const wrong = files
      .filter((file) => topFolder(file) === folder)
      .flatMap((file) => importsOf(file).map((path) => ({ file, path })))
      .filter(({ path }) => isOurs(path) && !mayImport(folder, path, layers))
      .map(({ file, path }) => `${file} imports ${path}`);
    expect(wrong).toEqual([]);
  });
});

test.each(EXCLUSIVE)("only %s imports %s", (only, _what, imports) => {
  const importers = Object.entries(TREES).flatMap(([tree, { importsOf }]) =>
    filesIn(tree).filter(
      (file: string) => /\.(?:ts|[ch]pp)$/.test(file) && importsOf(file).some((path) => imports.test(path)),
    ),
  );
  expect(importers.length).toBeGreaterThan(0);
  expect(importers.filter((file) => !file.startsWith(only))).toEqual([]);
});
