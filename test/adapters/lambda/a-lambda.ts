import { type IncomingMessage, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { invokingClient, startingClient } from "../../../lib/adapters/lambda/client.js";
import { TEST_CREDENTIALS, TEST_REGION } from "../endpoint.js";

export interface Invocation {
  readonly functionName: string;
  readonly type: string;
  readonly payload: unknown;
}

/** What the service says to an invocation: an answer of the handler's, or an error of its own. */
export interface Answer {
  readonly status?: number;
  readonly body?: string;
  /** The name of an error of the service's. */
  readonly error?: string;
  /** What the handler threw is in the body. */
  readonly functionError?: string;
  /** Breaks the connection instead. */
  readonly hangUp?: boolean;
}

/** Lambda's Invoke over HTTP, answering what a test wants: no emulator throttles, or refuses what is too large. */
export class ALambda {
  readonly invocations: Invocation[] = [];
  answers: Answer[] = [];
  /** Answers once the answers that were laid down are used up. */
  handler: ((event: unknown) => Promise<unknown>) | undefined;
  /** The same, where it may fail. */
  invoke: ((event: unknown) => Promise<Answer>) | undefined;
  #server: Server | undefined;

  async start() {
    const server = createServer((request, response) => {
      void this.#record(request).then(async (event) => {
        const answer = this.answers.shift() ?? (await this.#handled(event));
        const { status = 200, body = "", error, functionError, hangUp } = answer;
        if (hangUp) return request.socket.destroy();
        response.setHeader("x-amzn-requestid", `r${this.invocations.length}`);
        if (error) response.setHeader("x-amzn-errortype", error);
        if (functionError) response.setHeader("x-amz-function-error", functionError);
        response.writeHead(status).end(error ? JSON.stringify({ message: body }) : body);
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const at = { endpoint: `http://127.0.0.1:${port}`, region: TEST_REGION, credentials: TEST_CREDENTIALS };
    return { invoking: invokingClient(at), starting: startingClient(at) };
  }

  async #handled(event: unknown): Promise<Answer> {
    if (this.invoke) return await this.invoke(event);
    return this.handler ? { body: JSON.stringify(await this.handler(event)) } : {};
  }

  async #record(request: IncomingMessage): Promise<unknown> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const [, functionName = ""] =
      /functions\/(.+)\/invocations/.exec(decodeURIComponent(request.url ?? "")) ?? [];
    const type = String(request.headers["x-amz-invocation-type"] ?? "RequestResponse");
    const payload: unknown = JSON.parse(Buffer.concat(parts).toString());
    this.invocations.push({ functionName, type, payload });
    return payload;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }
}
