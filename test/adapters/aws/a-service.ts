import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { TEST_CREDENTIALS, TEST_REGION } from "../endpoint.js";

export interface ServiceAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A service that answers every request with the same, or with nothing at all. */
export class AService {
  readonly #server: Server;

  constructor(answer: ServiceAnswer | "silence") {
    this.#server = createServer((request, response) => {
      request.resume();
      if (answer === "silence") return;
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  }

  async start() {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const { port } = this.#server.address() as AddressInfo;
    return { endpoint: `http://127.0.0.1:${port}`, region: TEST_REGION, credentials: TEST_CREDENTIALS };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
