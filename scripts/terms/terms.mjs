// Terms of the project's own that give way to those of MQTT, TCP, TLS, POSIX and Node.js.

import { anySpelling, exactly } from "./matching.mjs";

/** A term in any spelling, in prose too. */
const term = (old, now, within) => ({ old, now, within, find: anySpelling(old) });

/**
 * Whole names, separated by spaces, of which the first stands for all. A name that is a word of English too counts
 * in code only.
 */
function names(old, now, within) {
  const all = old.split(" ");
  const [words, others] = [/^[a-z]+$/, /[^a-z]/].map((kind) => all.filter((name) => kind.test(name)));
  return {
    ...{ old: all[0], now, within },
    ...(others.length > 0 ? { find: exactly(others) } : {}),
    ...(words.length > 0 ? { findInCode: exactly(words) } : {}),
  };
}

const pattern = (old, find, now, within) => ({ old, now, within, find });
const codePattern = (old, findInCode, now, within) => ({ old, now, within, findInCode });

const CPP = ["native/", "test/native/", "test/fuzz/", "docs/", "CMakeLists.txt"];
/** Without the documents, in which these words have other meanings, too. */
const ENGINE = CPP.filter((each) => each !== "docs/");
const TLS = ["native/net/tls/", "test/native/tls"];
const SCRIPT = [
  "lib/",
  "test/unit/",
  "test/integration/",
  "test/support/",
  "test/extended/",
  "test/types/",
  "docs/",
];
const TOOLS = ["bench/", "scripts/", "docs/", "package.json", "README.md"];

/**
 * The terms whose last use is gone: test/unit/terms.test.ts keeps them away. Add a term here when
 * `node scripts/terms.mjs` reports it as gone.
 *
 * @type {string[]}
 */
export const DONE = [
  "road",
  "local side",
  "Place",
  "basics",
  "Pace",
  "Turns",
  "Calls",
  "CallEngine",
  "answers.ts",
  "readPublished",
  "WRITTEN",
  "Ending",
  "Hub",
  "slab",
  "inbox",
  "Machine",
  "DEMANDS",
  "provideTrust",
  "x_of",
  "show",
  "#judge",
  "#hurry",
  "#ours",
  "#rest",
  "goodbye",
  "test/trust",
  "stand-in",
  "contender",
  "bench/kinds",
  "bench/limits",
  "bench/cells",
  "bench/distance",
  "census",
  "Patience",
  "Cancel",
  "Exchange",
  "Outlet",
  "gather",
  "Watch",
  "ReadAhead",
  "lend",
  "spare_",
  "race",
  "foreign_text",
  "Negotiation",
  "remote_names",
  "Sessions",
  "Material",
  "Transit",
  "Ciphertext",
  "RecordCutter",
  "teach",
  "authorities",
  "sealed_",
  "shake",
  "Exchanges",
  "Settled",
  "may_repeat",
  "Unreleased",
  "Inspector",
  "Finding",
  "Verdict::stray",
  "Terms",
  "Violation",
  "CloseWatch",
  "announce",
  "read_little",
  "room",
  "takes",
  "tell",
  "congested",
  "leave word",
  "work",
  "rest",
  "Wanted",
  "feed",
  "pump",
  "owe_thread",
  "nothing_waits",
  "way_is_free_",
  "withdraw",
  "Engine",
  "doorbell",
  "ring",
  "BusyPoll::asked",
  "Input",
  "RawBytes",
  "constants",
  "Levels",
  "xOf",
];

export const TERMS = [
  // TypeScript
  term(
    "road",
    "transport, ConnectTarget, parseTarget, NativeTarget, ConnectionOptions, BaseTransportOptions",
  ),
  term("local side", "LocalEndpoint"),
  names("Place placeOf place.test.ts", "BrokerAddress, parseClientArguments", SCRIPT),
  pattern("basics", /\bbasics\//g, "util"),
  names("Pace pace.ts pace.test.ts", "EventLoopYielder", SCRIPT),
  pattern("Turns", /\bclass Turns\b|\bnew Turns\b|\bturns\.ts\b/g, "ConcurrencyLimiter"),
  pattern("Calls", /\bclass Calls\b|\bnew Calls\b|`Calls[.`]|\bcalls\.ts\b/g, "PendingOperations"),
  names("CallEngine Carrier", "OperationSink", SCRIPT),
  names("answers.ts", "results.ts"),
  names("readPublished readSubscribed readUnsubscribed", "decodePublishResult and the like"),
  names("WRITTEN", "QOS0_RESULT"),
  names("Ending Endings endings.ts", "CloseReason", SCRIPT),
  names("Hub hub.ts", "EventDispatcher", SCRIPT),
  term("slab", "EventBatch, EventBatchReader"),
  term("inbox", "EventQueue"),
  names("Machine machine.ts", "Platform", SCRIPT),
  names("Levels", "TopicString", ["lib/"]),
  names("DEMANDS", "REQUIRED_HEADERS"),
  names("provideTrust", "provideDefaultCertificates"),
  pattern(
    "xOf",
    /\b(?!(?:index|lastIndex|value|getPrototype|isPrototype)Of\b)[a-z]\w*Of\b/g,
    "parseX, resolveX, toX",
    ["lib/"],
  ),
  pattern(
    "x_of",
    /\b(?!(?:all|any|none|find_first_not|find_last_not|find_first|find_last)_of\b)[a-z]\w*_of(?:\b(?=\())|\bclass \w+Of\b|\btarget_of\b/g,
    "parse_x, resolve_x, to_x",
    ["native/"],
  ),
  codePattern("show", /\bshow\(|\bimport \{[^}]*\bshow\b/g, "format", ["lib/"]),
  pattern("#judge", /#judge\b/g, "#decodeOrAbort"),
  pattern("#hurry", /#hurry\b/g, "#shortenDisconnect"),
  pattern("#ours", /#ours\b/g, "#abortErrorFor"),
  pattern("#rest", /#rest\b/g, "#reset"),
  term("goodbye", "DISCONNECT, DISCONNECT_GRACE, disconnect_packet_"),

  // Tests, benchmark
  pattern("test/trust", /\btest[/:]trust\b/g, "test/extended, test:extended"),
  pattern("stand-in", /\bstand[-_]in\b|[sS]tandIn\b/g, "mock-broker"),
  term("contender", "clients", TOOLS),
  pattern("bench/kinds", /\bkinds\/|\.\/kinds\b/g, "scenarios", TOOLS),
  pattern("bench/limits", /\bbench\/limits\b|\blimits\/(?:common|paho-c|raw-peer)\b/g, "baselines", [
    ...TOOLS,
    "CMakeLists.txt",
  ]),
  pattern("bench/cells", /\bcells?\b|\bcells?(?=[A-Z])/g, "cases", ["bench/", "scripts/checks/bench.mjs"]),
  pattern("bench/distance", /\bdistance\b/g, "core-latency", ["bench/", "scripts/"]),
  term("census", "liveObjectCounts"),

  // native/net
  names("Patience patience.hpp patience.cpp patience", "ConnectDeadline", CPP),
  pattern("Cancel", /\bCancel\b(?! an?\b)|\bcancel\.hpp\b/g, "CancellationToken", CPP),
  names("Exchange exchange.hpp exchange.cpp", "BlockingIo; InflightEntry", CPP),
  names("Outlet outlet outlet_ outlet.hpp outlet.cpp", "StreamWriter", CPP),
  names("gather gather_held hand_over handed_over_", "append, append_held, write_unlocked", CPP),
  names("Watch watch.hpp watch.cpp watch_test.cpp", "EpollSet", CPP),
  names("ReadAhead read_ahead read_ahead_ read_ahead.hpp read_ahead.cpp", "ReadBuffer, release_if_idle", CPP),
  names("lend take_back", "acquire, release", CPP),
  pattern("spare_", /\bspare_\w*/g, "free_", CPP),
  codePattern("race", /\brace\(|\brace(?:_test)?\.[ch]pp\b/g, "happy_eyeballs", CPP),
  names("foreign_text foreign_text.hpp foreign_text.cpp presentable", "sanitize, sanitize_for_display", CPP),
  names("Negotiation negotiation.hpp negotiation.cpp", "ProxyHandshake", CPP),
  names("remote_names", "remote_dns"),
  names("Sessions sessions.hpp sessions.cpp", "SessionCache", TLS),
  names("Material Loaded material.hpp material.cpp", "CredentialSource, Result", CPP),
  names("Transit transit.hpp transit.cpp", "PooledBuffer", CPP),
  names("Ciphertext ciphertext.hpp ciphertext.cpp", "CiphertextBio", CPP),
  names("RecordCutter record_cutter.hpp record_cutter.cpp", "RecordChunker", CPP),
  names("teach introduce judge objection", "configure, attach, record_verify_result, verify_error", TLS),
  names("authorities", "ca_certificates", ["native/net/tls/"]),
  names("sealed_", "encrypted_", CPP),
  names("shake", "do_handshake", CPP),

  // native/wire, native/paho
  names(
    "Exchanges exchanges_ exchanges exchanges.hpp exchanges.cpp exchanges_test.cpp",
    "InflightTable",
    CPP,
  ),
  names("Settled settled has_place under_way under_way_", "completed, window_open, in_flight", ["native/"]),
  names("may_repeat next_repeat repeats to_repeat_ repeat", "resend", ["native/"]),
  names("Unreleased unreleased.hpp unreleased_", "ReceivedQos2Ids", ENGINE),
  names("Inspector inspector.hpp inspector.cpp inspector_", "IncomingPacketHandler", CPP),
  names("Finding kept_back", "PacketAction, consume", ENGINE),
  pattern("Verdict::stray", /\bVerdict::(?:stray|late)\b/g, "unknown_id, stale", CPP),
  names("Terms terms.hpp terms.cpp read_terms terms_", "ClientLimits", CPP),
  names("Violation violate violation.hpp violation.cpp", "ProtocolError, fail", CPP),
  names("CloseWatch close_watch.hpp close_watch.cpp close_watch_", "RateMonitor", CPP),
  names("announce announced_ news news_", "notify, events_pending_", ["native/"]),
  names("read_little offer_what_comes", "on_low_traffic, try_read_on_loop, arm_loop_poll", ["native/"]),
  names("room unblocked", "on_writable, on_read_resumable", ["native/"]),
  names("takes takes_", "consume_count", ["native/"]),
  names("tell", "send_disconnect", ["native/wire/", "native/mqtt/"]),
  names("congested congested_", "paused", ["native/"]),
  pattern("leave word", /\b(?:leaves?|left|leaving) word\b/g, "post a task, run_posted"),
  codePattern("work", /\bwork\(/g, "run_posted", ["native/paho/", "native/session/"]),
  codePattern("rest", /\brest\(/g, "release_if_idle, wait_for_work", ["native/"]),
  names("Wanted wanted_", "PendingWork", ["native/paho/", "native/session/"]),
  names("feed session_feed.cpp", "submit_requests", [
    "native/paho/",
    "native/session/",
    "docs/",
    "CMakeLists.txt",
  ]),
  names("pump", "send_queued", ENGINE),
  names("owe_thread owes_thread_", "retry_thread", CPP),
  names("nothing_waits is_not_stuck", "queue_is_empty, can_progress", CPP),
  names("way_is_free_ handing_over_ given_up_", "window_opened_, control_busy_, abort_reason_", CPP),
  names("withdraw", "cancel", ["native/"]),

  // native/node
  names("Engine engine.hpp engine.cpp", "Runtime", CPP),
  term("doorbell", "LoopWaker, UvAsyncWaker, TsfnWaker"),
  codePattern("ring", /\bring\(|\bon_ring\b|\brings?_\b/g, "wake", ["native/"]),
  codePattern(
    "BusyPoll::asked",
    /(?:\.|->|::|void )(?:asked|answered|turned|pay)\(|\b(?:least|most)_debt\b|\bworth\b/g,
    "on_flush, on_events, on_iteration, charge, penalty, credit_per_hit",
    ["native/node/"],
  ),
  names("Input input.hpp input.cpp", "JsValue", ["native/", "CMakeLists.txt"]),
  names("RawBytes raw_bytes.hpp", "MallocBuffer", CPP),

  pattern(
    "constants",
    /\bconstexpr [\w:<>]+ (?:few|little|small|much|often|least|most|(?:many|most|least|longest)_\w+)\b/g,
    "max_*, min_*, *_threshold, with a unit",
    ["native/"],
  ),
];
