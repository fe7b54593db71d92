import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { TEST_CREDENTIALS, TEST_REGION } from "../endpoint.js";

/** A service that answers every request with the same, some time after it came. */
export class ASlowService {
  /** Requests that it had at once, at most. */
  atOnce = 0;
  readonly #server: Server;

  constructor(answerMs: number, body: string) {
    let open = 0;
    this.#server = createServer((request, response) => {
      this.atOnce = Math.max(this.atOnce, ++open);
      request.resume();
      setTimeout(() => {
        open--;
        response.end(body);
      }, answerMs);
    });
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
