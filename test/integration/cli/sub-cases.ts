import { type Case, type Given, sub } from "./comparison.ts";

const HELLO: readonly Given[] = [["/a", "hello"]];
const THREE: readonly Given[] = [
  ["/a", "one"],
  ["/b", "two", { retain: true }],
  ["/c", "three", { qos: 2 }],
];
const RICH: readonly Given[] = [
  [
    "/a",
    "rich",
    {
      properties: {
        contentType: "text/plain",
        responseTopic: "answer/here",
        correlationData: "data",
        payloadFormatIndicator: true,
        userProperties: [
          ["a", "b"],
          ["a", "c"],
          ["d", "ü"],
        ],
      },
    },
  ],
];
const JSON_PAYLOAD: readonly Given[] = [
  ["/a", '{"2":[1,1.50,{}], "1":{"é":"\\u00e9\\n"}, "n":[null,true,-0,1e3,0.1,[]]}'],
];

const plain: Case[] = [
  sub("-t {t}/a -C 1", { feed: HELLO }),
  sub("--topic {t}/a -C 1 --verbose", { feed: HELLO }),
  sub("-t {t}/a -C 1 -v", { retained: HELLO }),
  sub("-t {t}/# -C 3 -v -q 2", { feed: THREE }),
  sub("-t {t}/a -t {t}/b -C 2 -v --qos 1", {
    feed: [
      ["/a", "1"],
      ["/b", "2"],
    ],
  }),
  sub("-t {t}/+/x -C 1 -v", { feed: [["/a/x", "1"]] }),
  sub("-t {t}/# -C 2 -N", {
    feed: [
      ["/a", "1"],
      ["/b", "2"],
    ],
  }),
  sub("-t {t}/# -C 2 -N -v", {
    feed: [
      ["/a", "1"],
      ["/b", "2"],
    ],
  }),
  sub("-t {t}/# -C 2", {
    feed: [
      ["/a", ""],
      ["/b", "2"],
    ],
  }),
  sub("-t {t}/# -C 2 -v", {
    feed: [
      ["/a", ""],
      ["/b", "2"],
    ],
  }),
  sub("-t {t}/# -C 2 -v -N", {
    feed: [
      ["/a", ""],
      ["/b", "2"],
    ],
  }),
  sub("-t {t}/# -C 1", { feed: [["/a", Buffer.from([0, 1, 255, 10, 128])]] }),
  sub("-t {t}/# -C 1 -v", { feed: [["/ä", "ü"]] }),
  sub("-t {t}/# -C 1 -v -T {t}/a", {
    feed: [
      ["/a", "1"],
      ["/b", "2"],
    ],
  }),
  sub("-t {t}/# -C 1 -v --filter-out {t}/+/x -T {t}/c", {
    feed: [
      ["/a/x", "1"],
      ["/c", "2"],
      ["/b", "3"],
    ],
  }),
  sub("-t {t}/# -C 1 -v -R", { retained: HELLO, feed: [["/b", "new"]] }),
  sub("-t {t}/# -C 1 -v -R -V 5", { retained: HELLO, feed: [["/b", "new"]] }),
  sub("-t {t}/# -v --retained-only", {
    retained: [
      ["/a", "1"],
      ["/b", "2"],
    ],
    feed: [["/c", "new"]],
  }),
  sub("-t {t}/# -C 1 -F %r%p --retain-as-published -V 5", { feed: [["/a", "1", { retain: true }]] }),
  sub("-t {t}/# -C 2 -v --remove-retained", {
    retained: [["/a", "1"]],
    hangs: true,
    differs: { code: 0, signal: null, stdout: "{t}/a 1\n{t}/a (null)\n", stderr: "", messages: [] },
  }),
  sub("-L mqtt://127.0.0.1:{port}/{t}/# -C 1 -v", { feed: HELLO }),
  sub("-h 127.0.0.1 -p {port} -t {t}/a -C 1 -k 10 --nodelay", { feed: HELLO }),
];

const ends: Case[] = [
  sub("-t {t}/a -W 1"),
  sub("-t {t}/a -W 1 --quiet"),
  sub("-t {t}/a -E"),
  sub("-t {t}/a -E -d"),
  sub("-t {t}/a -t {t}/b -E -d -q 1"),
  sub("-t {t}/a -E -V 5 -d -R"),
  sub("-t {t}/a -E -d -V 5 --retain-as-published -i {t}"),
  sub("-t {t}/a -E -V 31"),
  sub("-t {t}/a -E -V mqttv31 -i {t}"),
  sub("-t {t}/a -E -c -i {t}"),
  sub("-t {t}/a -E -c -i {t} -V 5 -x 5"),
  sub("-t {t}/a -E -I {t}-"),
  sub("-t {t}/a -E -D subscribe user-property a b -D unsubscribe user-property c d -U {t}/c"),
  sub("-t $share/g/{t}/a -E -V 5 -d"),
  sub("-t {t}/a -E --will-topic {t}/will --will-payload x"),
  sub("-t {t}/# -C 1 -d", { retained: HELLO }),
  sub("-t {t}/# -C 1 -d -q 1", { retained: HELLO }),
];

const formats: Case[] = [
  "%t %p",
  "%t|%20t|%-20t|%.3t|%10.3t|%-10.3t|%.0t",
  "%p|%10p|%-10p|%3p|%010p|%-3p",
  "%x|%X|%4X|%-2x|%1x",
  "%l|%5l|%-5l|%05l",
  "%q%r%m",
  "%%|@@|\\\\|\\t|\\a|\\e|\\v|\\r|\\0",
  "%j",
  "%J",
  "%I|%40I|%-40I|%.4I",
  "%U",
  "@Y @m @d @j @y @C @G @V @u @w @U @W",
  "@A @a @B @b @h @e @D @x @F @z @Z @n@t",
  "@p @P @H @k @I @l @Q",
  "%C|%10C|%D|%E|%5E|%F|%R|%S|%5S|%P|%A|%3A",
].map((format) => sub(`-t {t}/# -C 1 -F '${format}'`, { feed: [["/a", "12345"]] }));

const mqtt5: Case[] = [
  sub("-t {t}/# -C 1 -V 5 -F '%C|%15C|%-15C|%.4C|%D|%F|%3F|%-3F|%R|%20R|%P'", { feed: RICH }),
  sub("-t {t}/# -C 1 -V 5 -F '%S|%05S|%-5S|' -D subscribe subscription-identifier 42", { feed: RICH }),
  sub("-t {t}/# -C 1 -V 5 -F %j", { feed: RICH }),
  sub("-t {t}/# -C 1 -V 5 -F %j --pretty", { feed: RICH }),
  sub("-t {t}/# -C 1 -V 5 -F %j -D subscribe subscription-identifier 42", { feed: HELLO }),
  sub("-t {t}/# -C 1 -V 5 -F '%E %l' -q 1", {
    feed: [["/a", "x", { properties: { messageExpiryInterval: 1000 } }]],
  }),
  sub("-t {t}/# -C 2 -V 5 -F '%m %q %r' -q 2", { feed: [...HELLO, ["/a", "x", { qos: 2 }]] }),
];

const json: Case[] = [
  sub("-t {t}/# -C 1 -F %J", { feed: JSON_PAYLOAD }),
  sub("-t {t}/# -C 1 -F %J --pretty", { feed: JSON_PAYLOAD }),
  sub("-t {t}/# -C 1 -F %j", { feed: JSON_PAYLOAD }),
  sub("-t {t}/# -C 1 -F %j -q 1", { feed: JSON_PAYLOAD }),
  sub("-t {t}/# -C 1 -F %j", { feed: [["/a", '"\\/\u0001\u007f\n\t']] }),
  sub("-t {t}/# -C 1 -F %j", { feed: [["/a", ""]] }),
  sub("-t {t}/# -C 1 -F %J", { feed: [["/a", ""]] }),
  sub("-t {t}/# -C 1 -F 'a%Jb'", { feed: [["/a", "no json"]] }),
  sub("-t {t}/# -C 1 -F %J", { feed: [["/a", " [1] "]] }),
  sub("-t {t}/# -C 1 -F %J", { feed: [["/a", "123456789012"]] }),
  sub("-t {t}/# -C 1 -F %J", {
    feed: [["/a", "12345678901234567890"]],
    differs: {
      stdout: `{"tst":"TIME+0000","topic":"{t}/a","qos":0,"retain":0,"payloadlen":20,"payload":12345678901234567890}\n`,
    },
  }),
  sub("-t {t}/# -C 1 -F %j", {
    feed: [["/a", "a\0b"]],
    differs: {
      stdout: `{"tst":"TIME+0000","topic":"{t}/a","qos":0,"retain":0,"payloadlen":3,"payload":"a\\u0000b"}\n`,
    },
  }),
  sub("-t {t}/# -C 1 -F %j", {
    feed: [["/a", Buffer.from([97, 255])]],
    differs: {
      stdout: `{"tst":"TIME+0000","topic":"{t}/a","qos":0,"retain":0,"payloadlen":2,"payload":"a\xef\xbf\xbd"}\n`,
    },
  }),
  sub("-t {t}/# -C 1 -F '%-p|'", { feed: HELLO, differs: { stdout: "hello|\n" } }),
  sub("-t {t}/# -C 1 -F '%12x|%-12X|%012x'", {
    feed: HELLO,
    differs: { stdout: "  68656c6c6f|68656C6C6F  |0068656c6c6f\n" },
  }),
];

const zones: Case[] = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "UTC"].map(
  (TZ) => sub("-t {t}/# -C 1 -F '%I @z @H'", { feed: HELLO, env: { TZ } }),
);

const refusals: Case[] = [
  sub("-t {t}/a -u user -P secret -E", { broker: "users" }),
  sub("-t {t}/a -u user -P wrong", { broker: "users" }),
  sub("-t {t}/a -u user -P wrong -V 5", { broker: "users" }),
  sub("-t {t}/a", { broker: "users" }),
  sub("-t {t}/a -V 5 --quiet -d", {
    broker: "users",
    differs: { stdout: "Client (null) sending CONNECT\nClient (null) received CONNACK (135)\n" },
  }),
  sub("-t denied/{t} -u user -P secret -V 5 -W 1 -d", { broker: "users" }),
  sub("-t denied/{t} -t {t}/a -u user -P secret -V 5 -W 1 -d", { broker: "users" }),
  sub("-h 127.0.0.1 -p 1 -t {t}/a"),
  sub("-h host.invalid -p {port} -t {t}/a"),
  sub("--unix /does/not/exist -t {t}/a"),
];

/** Mosquitto's client may also say that it cannot connect, and end with 1. */
const NO_TLS = "Error: A TLS error occurred.\n";
const UNTRUSTED = { code: 8, stderr: NO_TLS };

const tls: Case[] = [
  sub("-h 127.0.0.1 -p {tls} --cafile {ca} -t {t}/a -E"),
  sub("-h localhost -p {tls} --cafile {ca} -t {t}/a -E --tls-version tlsv1.2"),
  sub("-h localhost -p {tls} --cafile {ca} -t {t}/a -E --tls-version tlsv1.3 --tls-alpn mqtt"),
  sub("-h localhost -p {tls} --cafile {ca} -t {t}/a -E --insecure"),
  sub(
    "-h localhost -p {tls} --cafile {ca} -t {t}/a -E --ciphers ECDHE-ECDSA-AES128-GCM-SHA256 --tls-version tlsv1.2",
  ),
  sub("-h localhost -p {tls} --capath /etc/ssl/certs -t {t}/a", { differs: UNTRUSTED }),
  sub("-h localhost -p {tls} --tls-use-os-certs -t {t}/a", { differs: UNTRUSTED }),
  sub("-h localhost -p {tls} --cafile /does/not/exist -t {t}/a", { differs: { code: 1, stderr: "usage" } }),
  sub("-L mqtts://localhost:{tls}/{t}/a --cafile {ca} -E"),
];

const mutual = "-h localhost -p {mtls} --cafile {ca} -t {t}/a -E --tls-version tlsv1.2";

const ways: Case[] = [
  sub("-h localhost -p {mtls} --cafile {ca} --cert {cert} --key {key} -t {t}/a -E"),
  sub(mutual, { hangs: true, differs: { code: 8, signal: null, stdout: "", stderr: NO_TLS, messages: [] } }),
  sub("--unix {socket} -t {t}/a -E"),
  sub("-h {socket} -p 0 -t {t}/a -E"),
  sub("-h 127.0.0.1 -p {port} --proxy socks5h://127.0.0.1:{proxy} -t {t}/a -E"),
  sub("-h localhost -p {tls} --cafile {ca} --proxy socks5h://localhost:{proxy} -t {t}/a -E"),
  sub("-h 127.0.0.1 -p {port} --proxy socks5h://us%3aer:p%40ss@127.0.0.1:{account} -t {t}/a -E", {
    differs: { code: 0, stderr: "" },
  }),
  sub("-h 127.0.0.1 -p {port} --proxy socks5h://user:wrong@127.0.0.1:{account} -t {t}/a -E"),
  sub("-h 127.0.0.1 -p 1 --proxy socks5h://127.0.0.1:{proxy} -t {t}/a -E", {
    hangs: true,
    differs: { code: 16, signal: null, stdout: "", stderr: "Error: Proxy error.\n", messages: [] },
  }),
];

const usage: Case[] = [
  "",
  "-t {t}/a -C 0",
  "-t {t}/a -C x",
  "-t {t}/a -W 0",
  "-t {t}/a -F %",
  "-t {t}/a -F %Q",
  "-t {t}/a -F @",
  "-t {t}/a -F \\q",
  "-t {t}/a -F %5",
  "-t {t}/a -R --retained-only",
  "-t {t}/a# -E",
  "-t {t}/#/a -E",
  "-t {t}/+a -E",
  "-t {t}/a -T a#",
  "-t {t}/a -U +a",
  "-t {t}/a --random-filter 0",
  "-t {t}/a --random-filter 2000",
  "-t {t}/a -m x",
  "-t {t}/a -r",
  "-t {t}/a -l",
  "-t {t}/a --repeat 1",
  "-t {t}/a -D publish topic-alias",
  "-t {t}/a -D subscribe content-type x",
  "-t {t}/a -L mqtt:///x",
  "-t {t}/a extra",
].map((line) => sub(line, { differs: { stdout: "", stderr: "usage" } }));

export const subCases: readonly Case[] = [
  ...[...plain, ...ends, ...formats, ...mqtt5, ...json, ...zones, ...refusals, ...tls, ...ways, ...usage],
];
