// Serves a function's bundle of a release to the process that forked this one: it imports nothing of this project.
import { pathToFileURL } from "node:url";

const { handler } = await import(pathToFileURL(process.argv[2]).href);
process.on("message", ({ id, event }) => {
  handler(event).then(
    (result) => process.send({ id, result }),
    (error) => process.send({ id, error: String(error) }),
  );
});
process.send({ isReady: true });
