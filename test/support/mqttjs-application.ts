import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Ended, runScript } from "./child.ts";

/** The loader hook, as built. */
const dist = fileURLToPath(new URL("../../dist/mqttjs/", import.meta.url));

/** How a program gets the hook. */
export type Flag = "--import" | "--require";

/**
 * An application in a temporary folder, with packages named `mqtt` that say which they are. The loader hook has
 * a small module to load instead of them, whose `from` is "ours".
 */
export class MqttjsApplication implements Disposable {
  readonly folder: string;
  readonly #base: string;

  constructor() {
    this.#base = realpathSync(mkdtempSync(join(tmpdir(), "mqtt-native-register-")));
    this.folder = join(this.#base, "application");
    for (const name of ["register.cjs", "register-hooks.js"])
      cpSync(join(dist, name), join(this.#base, "hook", name));
    this.write("../hook/package.json", '{ "name": "mqtt-native", "version": "0.1.0", "type": "module" }');
    this.write("../hook/index.js", esm("ours"));
    this.write("../hook/index.cjs", cjs("ours"));
    this.write("package.json", '{ "name": "application" }');
  }

  /** Writes a file; its path is relative to the application. Returns its absolute path. */
  write(path: string, text: string): string {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  /** Installs a package named `mqtt`, with an exports map as MQTT.js has it. `manifest` overrides members. */
  install(version: string, folder = "node_modules/mqtt", manifest: Record<string, unknown> = {}): void {
    const exports = {
      ".": { import: "./dist/index.js", default: "./build/index.js" },
      "./package.json": "./package.json",
      "./*": "./build/*.js",
    };
    const members = { name: "mqtt", version, main: "./build/index.js", exports, ...manifest };
    this.write(`${folder}/package.json`, JSON.stringify(members));
    this.write(`${folder}/build/index.js`, cjs(version));
    this.write(`${folder}/build/lib/store.js`, cjs(`store of ${version}`));
    this.write(`${folder}/dist/package.json`, '{ "type": "module" }');
    this.write(`${folder}/dist/index.js`, esm(version));
  }

  /** Runs a program with the hook until it ends. */
  run(flag: Flag, program: string, text: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const url = pathToFileURL(this.write(program, text));
    return runScript(url, [], [flag, this.hook(flag)], env);
  }

  /** Resolves with the lines that a program with the hook prints. Rejects when it fails. */
  async lines(flag: Flag, program: string, text: string, env?: NodeJS.ProcessEnv): Promise<string[]> {
    const { code, lines, stderr } = await this.run(flag, program, text, env);
    if (code !== 0 || stderr !== "") throw new Error(`The program ended with ${code}: ${stderr}`);
    return lines;
  }

  /** The hook as an argument of a flag. */
  hook(flag: Flag): string {
    const path = join(this.#base, "hook/register.cjs");
    return flag === "--import" ? pathToFileURL(path).href : path;
  }

  [Symbol.dispose](): void {
    rmSync(this.#base, { recursive: true, force: true });
  }
}

const cjs = (from: string) =>
  `exports.from = ${JSON.stringify(from)}; exports.connect = () => exports.from;\n`;
const esm = (from: string) => `export const from = ${JSON.stringify(from)}; export default { from };\n`;
