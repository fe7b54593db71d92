import { type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { TEST_CREDENTIALS, TEST_REGION } from "../endpoint.js";

/** A service that holds each request until its test lets it answer. */
export class AHoldingService {
  /** Requests that it had at once, at most. */
  atOnce = 0;
  readonly #held: ServerResponse[] = [];
  readonly #server: Server;

  constructor(private readonly body: string) {
    this.#server = createServer((request, response) => {
      request.resume();
      this.#held.push(response);
      this.atOnce = Math.max(this.atOnce, this.held);
    });
    // However slow the machine is, no socket between two requests is closed.
    this.#server.keepAliveTimeout = 0;
  }

  /** Requests that wait for their answer. */
  get held(): number {
    return this.#held.length;
  }

  /** Answers all that it holds. */
  answer(): void {
    for (const response of this.#held.splice(0)) response.end(this.body);
  }

  async start() {
    // More than the system's default come in the same moment.
    const options = { port: 0, host: "127.0.0.1", backlog: 1_024 };
    await new Promise<void>((resolve) => this.#server.listen(options, resolve));
    const { port } = this.#server.address() as AddressInfo;
    return { endpoint: `http://127.0.0.1:${port}`, region: TEST_REGION, credentials: TEST_CREDENTIALS };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
