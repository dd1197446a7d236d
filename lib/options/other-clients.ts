import { propertyNames } from "../packets/properties.ts";
import { TLS_CONTEXT } from "../transport/tls-context.ts";
import { TLS_PARAMETERS } from "../transport/tls-parameters.ts";
import type { Counterparts } from "../util/unknown-member.ts";

const SUBSCRIPTIONS = "With reconnect the client renews its subscriptions when the broker has lost them.";
const WHERE = "the first argument, a host name, an address or a URL";
const TLS = "tlsContext, or a URL of mqtts:";
const STORE = "Sessions are kept in memory.";
const OF_CALLS = "It is an option of publish and of subscribe.";

/**
 * Returns the counterparts of client options that exist in MQTT.js, aiomqtt, paho and others, but not here.
 */
export function clientCounterparts(): Counterparts {
  return {
    ...inside("properties", propertyNames("connect")),
    ...inside("tlsParams", Object.keys(TLS_PARAMETERS)),
    ...inside("tlsContext", Object.keys(TLS_CONTEXT)),
    auth: "username and password",
    authpacket: "authentication",
    autoassigntopicalias: "topicAliases",
    autousetopicalias: "topicAliases",
    broker: WHERE,
    brokerurl: WHERE,
    browserbuffersize: "It is for browsers only.",
    browserbuffertimeout: "It is for browsers only.",
    binary: "message.payload has bytes, and message.text() has text.",
    capaths: "tlsParams.caCerts",
    certpath: "tlsParams.certfile",
    clean: "cleanSession, or cleanStart on MQTT 5",
    client: "identifier",
    clientid: "identifier",
    createwebsocket: "websocketHeaders",
    customhandleacks: "acknowledge, and message.acknowledge()",
    defaultprotocol: WHERE,
    encoding: "message.payload has bytes, and message.text() has text.",
    forcenativewebsocket: "It is for browsers only.",
    headers: "websocketHeaders",
    host: WHERE,
    hostname: WHERE,
    id: "identifier",
    incomingstore: STORE,
    keepaliveinterval: "keepalive",
    keypath: "tlsParams.keyfile",
    localaddress: "bindAddress",
    localport: "bindPort",
    log: "logger",
    lwt: "will",
    manualconnect: "The constructor does not connect: connect() does.",
    messageidprovider: "Packet identifiers are chosen by the client.",
    mqttversion: "protocol, such as ProtocolVersion.V5",
    objectmode: "message.payload has bytes, and message.text() has text.",
    outgoingstore: STORE,
    path: "websocketPath",
    protocolid: "protocol, such as ProtocolVersion.V31 for MQIsdp",
    protocolversion: "protocol, such as ProtocolVersion.V5",
    qos: OF_CALLS,
    query: "websocketPath",
    queueqoszero: "whileDisconnected",
    reconnectonconnackerror: "reconnect.retry",
    reconnectperiod: "reconnect.minDelay and reconnect.maxDelay, in seconds",
    reschedulepings: "keepalive, in seconds",
    resubscribe: SUBSCRIPTIONS,
    retain: OF_CALLS,
    secure: TLS,
    server: WHERE,
    servers: "the first argument, an array of addresses",
    socksproxy: "proxy",
    sockstimeout: "timeout, in seconds, here or of connect()",
    ssl: TLS,
    subscribebatchsize: SUBSCRIPTIONS,
    timervariant: "keepalive, in seconds",
    tls: TLS,
    transformwsurl: "websocketPath or websocketHeaders",
    unixsocket: 'transport: "unix"',
    uri: WHERE,
    url: WHERE,
    usessl: TLS,
    version: "protocol, such as ProtocolVersion.V5",
    willmessage: "will",
    writecache: "What is written in one go is sent together.",
    wsoptions: "websocketHeaders or tlsContext",
    wspath: "websocketPath",
  };
}

/** Returns the counterparts of options of calls. */
export function callCounterparts(): Counterparts {
  return {
    abortsignal: "signal",
    cbstoreput: "A publish of QoS 1 or 2 resolves when the broker has acknowledged it.",
    dup: "It is set by the client when a message is sent again.",
    nl: "noLocal",
    rap: "retainAsPublished",
    retained: "retain",
    rh: "retainHandling",
    ...inside("properties", (["publish", "subscribe", "disconnect"] as const).flatMap(propertyNames)),
  };
}

/** Returns the counterparts of members of a will. */
export function willCounterparts(): Counterparts {
  return { message: "payload", retained: "retain", ...inside("properties", propertyNames("will")) };
}

/** Returns the counterparts of members that belong in an object of the options. */
function inside(object: string, members: readonly string[]): Counterparts {
  return Object.fromEntries(members.map((member) => [member.toLowerCase(), `${object}.${member}`]));
}
