import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { handle } from "./handled.js";

const [port = ""] = process.argv.slice(2);

createServer((request, response) => {
  void json(request).then((content) => {
    const { messages } = content as { readonly messages: readonly Parameters<typeof handle>[0][] };
    messages.forEach(handle);
    // On a kept connection that ends, a request is sent once more: nobody can tell whether it had arrived.
    response.writeHead(204, { connection: "close" }).end();
  });
}).listen(Number(port), "127.0.0.1");
