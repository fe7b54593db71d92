import type { Server } from "node:http";
import { serve } from "@hono/node-server";
import type { Hono } from "hono";

export interface Listening {
  readonly url: string;
  /** Ends it, long polls included. */
  close(): Promise<void>;
}

/** Only this machine can reach it: nothing asks who is there. */
const HOST = "127.0.0.1";

export async function listen(app: Hono, port: number): Promise<Listening> {
  return await new Promise((resolve, reject) => {
    const options = { fetch: app.fetch, port, hostname: HOST, overrideGlobalObjects: false };
    const server = serve(options, (address) =>
      resolve({ url: `http://${HOST}:${address.port}`, close: () => closed(server as Server) }),
    );
    server.once("error", reject);
  });
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
