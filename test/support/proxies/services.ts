import { Service } from "../service.ts";

/** Whom a proxy lets in; everybody, unless it is given one. */
export interface Account {
  username: string;
  password: string;
}

/** A SOCKS 5 server. */
export function startMicrosocks(account?: Account): Promise<Service> {
  const credentials = account ? ["-u", account.username, "-P", account.password] : [];
  return Service.start({
    program: "microsocks",
    arguments: (port) => ["-i", "127.0.0.1", "-p", String(port), ...credentials],
  });
}

/** An HTTP proxy that connects to any port. */
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

/** A web server that forwards WebSocket connections for /mqtt to a port of this machine. */
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
