import { type Case, pub } from "./comparison.ts";

const BYTES = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
const LONG = "x".repeat(3_000);

/** Mosquitto's client says twice that the connection was refused. */
const REFUSED = { stderr: "Connection error: Connection Refused: not authorised.\n" };
const REFUSED_5 = { stderr: "Connection error: Not authorized\n" };

/** A message that the broker's limits exclude ends with 0 there, mostly in silence. */
const tooMuch = (reason: string) => ({
  ...{ code: 25, messages: [] },
  stderr: `Error: The broker does not take the message: ${reason}.\n`,
});

const messages: Case[] = [
  pub("-t {t}/a -m hello"),
  pub("--topic {t}/a --message hello"),
  pub("-t {t}/a -m ''"),
  pub("-t {t}/a -m -5"),
  pub("-t {t}/a -m 'two words'"),
  pub("-t {t}/ä -m ünïcödé"),
  pub("-t {t}/a -n"),
  pub("-t {t}/a --null-message -r"),
  pub("-t {t}/a -m x -q 1"),
  pub("-t {t}/a -m x --qos 2"),
  pub("-t {t}/a -m x -r"),
  pub("-t {t}/a -m x --retain -q 1"),
  pub("-t {t}/a -s", { stdin: BYTES }),
  pub("-t {t}/a --stdin-file -q 1", { stdin: LONG }),
  pub("-t {t}/a -s", { stdin: "", differs: { stderr: "Error: Zero length input.\n" } }),
  pub("-t {t}/a -f /etc/hostname"),
  pub("-t {t}/a --file /dev/null"),
  pub("-t {t}/a -f /does/not/exist", {
    differs: { stderr: "Error: ENOENT: no such file or directory, open '/does/not/exist'\n" },
  }),
  pub("-t {t}/a -l", { stdin: "one\ntwo\n\nfour", messages: 4 }),
  pub("-t {t}/a -l -q 1", { stdin: `${LONG}\nshort\n`, messages: 2 }),
  pub("-t {t}/a --stdin-line -q 2", { stdin: "one\r\ntwo\n", messages: 2 }),
  pub("-t {t}/a -l", { stdin: "", messages: 0 }),
  pub("-t {t}/a -l", { stdin: "\n", messages: 1 }),
  pub("-t {t}/a -l -r", { stdin: Array.from({ length: 50 }, (_, i) => `${i}\n`).join(""), messages: 50 }),
  pub("-t {t}/a -m x --repeat 3", { messages: 3 }),
  pub("-t {t}/a -m x --repeat 3 --repeat-delay 0.05 -q 1", { messages: 3 }),
  pub("-t {t}/a -n --repeat 2", { messages: 2 }),
  pub("-t {t}/a -t {t}/b -m x"),
  pub("-t {t}/a -m x -M 1 -q 1"),
  pub("-t {t}/a -m x -k 5"),
  pub("-t {t}/a -m x --keepalive 65535"),
  pub("-t {t}/a -m x --nodelay --quiet"),
  pub("-t {t}/a -m x -A 127.0.0.1"),
  pub("-t {t}/a -m x -A localhost"),
  pub("-h localhost -p {port} -t {t}/a -m x"),
  pub("--host 127.0.0.1 -p {port} -t {t}/a -m x"),
  pub("-L mqtt://127.0.0.1:{port}/{t}/a -m x"),
  pub("--url mqtt://127.0.0.1:{port}/{t}/a -m x -q 1"),
  pub("-L mqtt://127.0.0.1:{port}/{t}/a%20b -m x", {
    differs: { messages: [{ topic: "{t}/a b", payload: "x", qos: 0, retain: false }] },
  }),
];

const sessions: Case[] = [
  pub("-t {t}/a -m x -V 5"),
  pub("-t {t}/a -m x -V mqttv5 -q 2 -r"),
  pub("-t {t}/a -m x --protocol-version mqttv311"),
  pub("-t {t}/a -m x -V 31"),
  pub("-t {t}/a -m x -V mqttv31 -i {t}"),
  pub("-t {t}/a -m x -i {t} -c"),
  pub("-t {t}/a -m x -I {t}-"),
  pub("-t {t}/a -m x -i {t} -c -V 5 -q 1"),
  pub("-t {t}/a -m x -i {t} -x 10 -V 5"),
  pub("-t {t}/a -m x -i {t} -x ∞ -V 5"),
  pub("-t {t}/a -m x -i {t} -x 0x10 -V 5"),
  pub("-t {t}/a -m x --will-topic {t}/will --will-payload bye --will-qos 1 --will-retain"),
  pub("-t {t}/a -m x -V 5 --will-topic {t}/will -D will will-delay-interval 5 -D will content-type a"),
  pub("-t {t}/a -m x -D publish content-type text/plain"),
  pub("-t {t}/a -m x -D publish user-property a b -D publish user-property a 'c d'"),
  pub("-t {t}/a -m x -q 1 -D publish response-topic {t}/answer --property publish correlation-data 123"),
  pub("-t {t}/a -m x -D PUBLISH payload-format-indicator 1 -D publish message-expiry-interval 1000"),
  pub("-t {t}/a -m x -D publish topic-alias 3 --repeat 2", { messages: 2 }),
  pub(
    "-t {t}/a -m x -D connect user-property a b -D connect receive-maximum 5 -D disconnect reason-string bye",
  ),
  pub("-t {t}/a -m x -D connect session-expiry-interval 5 -D disconnect session-expiry-interval 1"),
  pub("-t {t}/a -m x -D connect maximum-packet-size 1000 -D connect topic-alias-maximum 5"),
];

const traces: Case[] = [
  pub("-t {t}/a -m x -d"),
  pub("-t {t}/a -m x -d -q 1"),
  pub("-t {t}/a -m x --debug -q 2 -r"),
  pub("-t {t}/a -m x -d -q 1 -i {t}"),
  pub("-t {t}/a -m x -d -V 5"),
  pub("-t {t}/a -m x -d --repeat 2 -q 1", { messages: 2 }),
  pub("-t {t}/a -l -d", { stdin: "a\nb\n", messages: 2 }),
];

const refusals: Case[] = [
  pub("-t {t}/a -m x -u user -P secret", { broker: "users" }),
  pub("-t {t}/a -m x --username user --pw wrong", { broker: "users", differs: REFUSED }),
  pub("-t {t}/a -m x -u user -P wrong -V 5", { broker: "users", differs: REFUSED_5 }),
  pub("-t {t}/a -m x -u user -P wrong -V 31 -d", { broker: "users", differs: REFUSED }),
  pub("-t {t}/a -m x", { broker: "users", differs: REFUSED }),
  pub("-t {t}/a -m x --quiet -V 5", { broker: "users" }),
  pub("-t {t}/a -l", { broker: "users", stdin: "a\nb\n", messages: 0, differs: REFUSED }),
  pub("-L mqtt://user:secret@127.0.0.1:{port}/{t}/a -m x", { broker: "users" }),
  pub("-L mqtt://us%65r:secr%65t@127.0.0.1:{port}/{t}/a -m x", {
    broker: "users",
    differs: {
      ...{ code: 0, stdout: "", stderr: "" },
      messages: [{ topic: "{t}/a", payload: "x", qos: 0, retain: false }],
    },
  }),
  pub("-t denied/{t} -m x -u user -P secret -q 1", { broker: "users", messages: 0 }),
  pub("-t denied/{t} -m x -u user -P secret -q 1 -V 5", { broker: "users" }),
  pub("-t denied/{t} -m x -u user -P secret -q 2 -V 5 -d", { broker: "users" }),
  pub("-t {t}/a -m x -P secret", { differs: { stderr: "usage" } }),
  pub("-t {t}/a -m x -q 2 -V 5", { broker: "limits", differs: tooMuch("QoS not supported") }),
  pub("-t {t}/a -m x -r -V 5", { broker: "limits", differs: tooMuch("Retain not supported") }),
  pub(`-t {t}/a -m ${"y".repeat(300)} -V 5`, {
    broker: "limits",
    messages: 0,
    differs: tooMuch("Packet too large"),
  }),
  pub("-h 127.0.0.1 -p 1 -t {t}/a -m x"),
  pub("-h 127.0.0.1 -p 1 -t {t}/a -m x --quiet"),
  pub("-h host.invalid -p {port} -t {t}/a -m x"),
  pub("--unix /does/not/exist -t {t}/a -m x"),
  pub("-t {t}/a -m x --proxy socks5h://127.0.0.1:1"),
];

const usage: Case[] = [
  "-t {t}/a",
  "-m x",
  "",
  "-t {t}/a -m x -n",
  "-t {t}/a -m",
  "-t",
  "-t {t}/+ -m x",
  "-t {t}/# -m x",
  "-t {t}/a -m x -q 3",
  "-t {t}/a -m x -q",
  "-t {t}/a -m x -V 4",
  "-t {t}/a -m x -k 4",
  "-t {t}/a -m x -p 70000",
  "-t {t}/a -m x -i a -I b",
  "-t {t}/a -m x -c",
  "-t {t}/a -m x -c -V 5",
  "-t {t}/a -m x -x y",
  "-t {t}/a -m x -M 0",
  "-t {t}/a -m x --repeat 0",
  "-t {t}/a -m x --repeat-delay -1",
  "-t {t}/a -m x --will-payload x",
  "-t {t}/a -m x --will-topic a/+",
  "-t {t}/a -m x --will-topic a --will-qos 5",
  "-t {t}/a -m x --unknown",
  "-t {t}/a -m x -v",
  "-t {t}/a -m x -C 1",
  "-t {t}/a -m x -D publish",
  "-t {t}/a -m x -D nothing content-type x",
  "-t {t}/a -m x -D publish nothing x",
  "-t {t}/a -m x -D publish receive-maximum 5",
  "-t {t}/a -m x -D publish message-expiry-interval 4294967296",
  "-t {t}/a -m x -D publish user-property a",
  "-t {t}/a -m x -D publish content-type a -D publish content-type b",
  "-t {t}/a -m x -D subscribe content-type a",
  "-t {t}/a -m x -L http://host/a",
  "-t {t}/a -m x -S",
  "-t {t}/a -m x --cert a",
  "-t {t}/a -m x --proxy http4://a",
].map((line) => pub(line, { differs: { stdout: "", stderr: "usage" } }));

export const pubCases: readonly Case[] = [...messages, ...sessions, ...traces, ...refusals, ...usage];
