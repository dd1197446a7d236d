import { Service } from "../service.ts";

/** The only user that a proxy admits. A proxy without an account admits everybody. */
export interface Account {
  username: string;
  password: string;
}

/** Starts a SOCKS 5 server. */
export function startMicrosocks(account?: Account): Promise<Service> {
  const credentials = account ? ["-u", account.username, "-P", account.password] : [];
  return Service.start({
    program: "microsocks",
    arguments: (port) => ["-i", "127.0.0.1", "-p", String(port), ...credentials],
  });
}

/** Starts an HTTP proxy that connects to any port. */
export function startTinyproxy(account?: Account): Promise<Service> {
  const access = account ? `BasicAuth ${account.username} ${account.password}` : "";
  return Service.start({
    program: "tinyproxy",
    package: "tinyproxy-bin",
    arguments: (_port, directory) => ["-d", "-c", `${directory}/configuration`],
    configuration: (port) =>
      `Port ${port}\nListen 127.0.0.1\nMaxClients 100\nTimeout 60\nLogLevel Connect\n${access}\n`,
  });
}

/** Starts a web server that forwards the WebSocket connections of /mqtt to a port of this machine. */
export function startNginx(to: number): Promise<Service> {
  return Service.start({
    program: "nginx",
    arguments: (_port, directory) => ["-e", "stderr", "-p", directory, "-c", `${directory}/configuration`],
    configuration: (port, directory) => nginxConfiguration(port, to, directory),
  });
}

function nginxConfiguration(port: number, to: number, directory: string): string {
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
    daemon off;
    master_process off;
    pid ${directory}/pid;
    events { }
    http {
      access_log off;
      ${folders.map((name) => `${name}_temp_path ${directory}/${name};`).join("\n      ")}
      server {
        listen 127.0.0.1:${port};
        location = /mqtt {
          proxy_pass http://127.0.0.1:${to};
          proxy_http_version 1.1;
          proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection "upgrade";
        }
      }
    }`;
}
