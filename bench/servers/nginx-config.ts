// nginx as a reverse proxy of one upstream: one worker, connections kept alive on both sides, no buffering, no log.

interface NginxOptions {
  readonly folder: string;
  readonly port: number;
  readonly upstreamUrl: string;
  /** File with the authority to trust, for an https upstream. nginx speaks HTTP/1.1 to it. */
  readonly ca: string;
}

/** The text of nginx.conf; all that nginx writes stays in `folder`. */
export function nginxConfig({ folder, port, upstreamUrl, ca }: NginxOptions): string {
  const { protocol, host } = new URL(upstreamUrl);
  const isTls = protocol === "https:";
  return `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}/client_body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  upstream bench {
    server ${host};
    keepalive 1024;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass ${protocol}//bench;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      ${isTls ? `proxy_ssl_name localhost; proxy_ssl_verify on; proxy_ssl_trusted_certificate ${ca};` : ""}
    }
  }
}
`;
}
