// aedes-server.mjs <folder of packages> <TCP port> <WebSocket port>: aedes as a server.

import { createServer as createHttpServer } from "node:http";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { pathToFileURL } from "node:url";

const [folder, port, webSocketPort] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const { Aedes } = await import(pathToFileURL(require.resolve("aedes")).href);
const { createWebSocketStream, WebSocketServer } = require("ws");

const isDenied = (topic) => topic.startsWith("denied/");
const aedes = await Aedes.createBroker({
  authenticate(_client, username, password, done) {
    const refused = username === "conformance" && `${password}` !== "right";
    done(refused ? Object.assign(new Error("wrong password"), { returnCode: 4 }) : null, !refused);
  },
  authorizePublish: (_client, { topic }, done) => done(isDenied(topic) ? new Error("denied") : null),
  authorizeSubscribe: (_client, subscription, done) =>
    done(null, isDenied(subscription.topic) ? null : subscription),
});

createServer(aedes.handle).listen(port, "127.0.0.1");
const http = createHttpServer().listen(webSocketPort, "127.0.0.1");
new WebSocketServer({ server: http, path: "/mqtt" }).on("connection", (socket, request) => {
  aedes.handle(createWebSocketStream(socket), request);
});
