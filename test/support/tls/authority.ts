import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** A certificate and its key, as PEM and in files. */
export interface Identity {
  key: string;
  /** The certificate alone. */
  certificate: string;
  /** The certificate, followed by those of the authorities below the root. */
  chain: string;
  keyFile: string;
  certificateFile: string;
  chainFile: string;
}

export interface Wish {
  /** The common name. */
  name?: string;
  /** The alternative names; the default is those of this machine. */
  names?: readonly string[];
  /** "server" by default. */
  purpose?: "server" | "client" | "authority";
  from?: Date;
  until?: Date;
  /** "ec" by default, because such keys are made quickly. */
  keyType?: "ec" | "rsa1024";
}

export const localNames: readonly string[] = ["DNS:localhost", "IP:127.0.0.1", "IP:::1"];

const DAY = 86_400_000;
const yesterday = () => new Date(Date.now() - DAY);
const nextMonth = () => new Date(Date.now() + 30 * DAY);

/**
 * An authority that issues good and bad certificates:
 *
 *     await using root = await Authority.create("root");
 *     const { key, chain } = await root.issue({ until: yesterday });
 *
 * The openssl command makes each of them, in a directory that is removed at the end.
 */
export class Authority implements AsyncDisposable {
  /** The certificate as PEM, also in a file. */
  readonly certificate: string;
  readonly certificateFile: string;
  readonly #directory: string;
  readonly #issuer: Authority | undefined;
  #issued = 0;
  /** The latest operation. Operations run one after the other, because they share the authority's database. */
  #last: Promise<unknown> = Promise.resolve();

  /** Creates a root authority. */
  static async create(name: string): Promise<Authority> {
    const directory = await newDirectory();
    const arguments_ = ["req", "-x509", ...newKey("ec", "ca.key"), "-subj", `/CN=${name}`, "-days", "30"];
    const extensions = ["basicConstraints=critical,CA:true", "keyUsage=critical,keyCertSign,cRLSign"];
    for (const extension of extensions) arguments_.push("-addext", extension);
    await openssl(directory, [...arguments_, "-out", "ca.pem"]);
    return new Authority(directory, await prepared(directory), undefined);
  }

  private constructor(directory: string, certificate: string, issuer: Authority | undefined) {
    this.#directory = directory;
    this.#issuer = issuer;
    this.certificate = certificate;
    this.certificateFile = join(directory, "ca.pem");
    process.once("exit", this.#abandon);
  }

  /** Creates an authority below this one. */
  async subordinate(name: string): Promise<Authority> {
    const { key, certificate } = await this.issue({ name, names: [], purpose: "authority" });
    const directory = await newDirectory();
    await writeFile(join(directory, "ca.key"), key);
    await writeFile(join(directory, "ca.pem"), certificate);
    return new Authority(directory, await prepared(directory), this);
  }

  issue(wish: Wish = {}): Promise<Identity> {
    return this.#inTurn(() => this.#issue(`issued-${this.#issued++}`, wish));
  }

  revoke({ certificateFile }: Identity): Promise<unknown> {
    return this.#inTurn(() => this.#ca("-revoke", certificateFile));
  }

  /** The certificate revocation list, as PEM. */
  revocations(): Promise<string> {
    return this.#inTurn(async () => {
      await this.#ca("-gencrl", "-crldays", "30", "-out", "revoked.pem");
      return await readFile(join(this.#directory, "revoked.pem"), "utf8");
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off("exit", this.#abandon);
    await this.#last.catch(() => {});
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #issue(file: string, wish: Wish): Promise<Identity> {
    const { name = file, from = yesterday(), until = nextMonth(), keyType = "ec" } = wish;
    const request = ["req", "-new", ...newKey(keyType, `${file}.key`), "-subj", `/CN=${name}`];
    await openssl(this.#directory, [...request, "-out", `${file}.csr`]);
    await writeFile(join(this.#directory, `${file}.ext`), makeExtensions(wish));
    await this.#ca(
      ...["-in", `${file}.csr`, "-extfile", `${file}.ext`, "-out", `${file}.pem`],
      ...["-startdate", asn1Time(from), "-enddate", asn1Time(until)],
    );
    return await this.#read(join(this.#directory, file));
  }

  async #read(path: string): Promise<Identity> {
    const [keyFile, certificateFile, chainFile] = [`${path}.key`, `${path}.pem`, `${path}.chain.pem`];
    const certificate = await readFile(certificateFile, "utf8");
    const chain = [certificate, ...this.#chain()].join("");
    await writeFile(chainFile, chain);
    const key = await readFile(keyFile, "utf8");
    return { key, certificate, chain, keyFile, certificateFile, chainFile };
  }

  /** The certificates that a peer needs beside the root's. */
  #chain(): string[] {
    return this.#issuer ? [this.certificate, ...this.#issuer.#chain()] : [];
  }

  #ca(...arguments_: string[]): Promise<void> {
    return openssl(this.#directory, ["ca", "-config", "ca.conf", "-batch", "-notext", ...arguments_]);
  }

  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }

  /** The clean-up that is possible when this process exits. */
  #abandon = () => rmSync(this.#directory, { recursive: true, force: true });
}

/** Makes a self-signed certificate. */
export async function selfSigned(): Promise<{ key: string; certificate: string }> {
  const directory = await newDirectory();
  try {
    const names = `subjectAltName=${localNames.join(",")}`;
    const arguments_ = ["req", "-x509", ...newKey("ec", "key.pem"), "-subj", "/CN=self", "-days", "30"];
    await openssl(directory, [...arguments_, "-addext", names, "-out", "cert.pem"]);
    const read = (file: string) => readFile(join(directory, file), "utf8");
    return { key: await read("key.pem"), certificate: await read("cert.pem") };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** A certificate, its chain and its key as PKCS #12. */
export async function makePfx({ keyFile, chainFile }: Identity, passphrase: string): Promise<Buffer> {
  const directory = await newDirectory();
  try {
    const source = ["-inkey", keyFile, "-in", chainFile];
    await openssl(directory, ["pkcs12", "-export", ...source, "-passout", `pass:${passphrase}`, "-out", "p"]);
    return await readFile(join(directory, "p"));
  } finally {
    await rm(directory, { recursive: true });
  }
}

const newDirectory = () => mkdtemp(join(tmpdir(), "mqtt-native-certificates-"));

/** Writes the files that `openssl ca` needs beside its key and certificate, and returns the certificate. */
async function prepared(directory: string): Promise<string> {
  await writeFile(join(directory, "ca.conf"), configuration);
  await writeFile(join(directory, "database"), "");
  return await readFile(join(directory, "ca.pem"), "utf8");
}

const configuration = `
[ca]
default_ca = authority
[authority]
certificate = ca.pem
private_key = ca.key
database = database
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
`;

function makeExtensions({ names = localNames, purpose = "server" }: Wish): string {
  const lines = ["authorityKeyIdentifier=keyid", "subjectKeyIdentifier=hash"];
  if (purpose === "authority") {
    lines.push("basicConstraints=critical,CA:true", "keyUsage=critical,keyCertSign,cRLSign");
  } else {
    const usage = purpose === "server" ? "serverAuth" : "clientAuth";
    lines.push("basicConstraints=CA:false", `extendedKeyUsage=${usage}`);
  }
  if (names.length > 0) lines.push(`subjectAltName=${names.join(",")}`);
  return `${lines.join("\n")}\n`;
}

function newKey(type: "ec" | "rsa1024", file: string): string[] {
  const kind = type === "ec" ? ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] : ["rsa:1024"];
  return ["-newkey", ...kind, "-nodes", "-keyout", file];
}

/** The time format of `openssl ca`: 20250131235959Z. */
const asn1Time = (date: Date) => `${date.toISOString().replace(/\D/g, "").slice(0, 14)}Z`;

async function openssl(directory: string, arguments_: readonly string[]): Promise<void> {
  await promisify(execFile)("openssl", arguments_, { cwd: directory });
}
