import { createServer } from "node:net";
import getPort from "get-port";
import { UserError } from "./user-error.js";

/** Finds a free port, or checks that the wanted one is free. @throws {UserError} if it is taken. */
export async function freePort(wanted?: number): Promise<number> {
  if (wanted === undefined) return await getPort();
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once("error", ({ code }: NodeJS.ErrnoException) => {
      const why =
        code === "EADDRINUSE"
          ? "is in use: stop the process that uses it"
          : `cannot be used (${code}): choose another`;
      reject(new UserError(`port ${wanted} ${why}, or leave the port out to get a free one`));
    });
    server.listen(wanted, "127.0.0.1", () => server.close(() => resolve()));
  });
  return wanted;
}
