import { SluiceClient } from "../../lib/client/index.js";
import { createApp } from "../../lib/http/app.js";
import { fetchOf } from "../../lib/http/fetch.js";
import { ORDERS, anApi } from "../http/an-api.js";

it("asks what is wrong, of all topics or of one, page by page", async () => {
  const api = anApi();
  await api.send("PUT", ORDERS, { paused: "all" });
  await api.send("PUT", "/v1/topics/bills", { paused: "publish" });
  const fetch = fetchOf(createApp(api.engine));
  const queue = new SluiceClient({ apiUrl: "http://api", auth: "none", fetch });
  const first = await queue.diagnose({ limit: 1 });
  expect(first.findings.map(({ topic, code }) => [topic, code])).toEqual([["bills", "paused"]]);
  const second = await queue.diagnose({ cursor: first.nextCursor as string });
  expect(second.findings.map(({ topic }) => topic)).toEqual(["orders"]);
  expect(second.nextCursor).toBeUndefined();
  expect((await queue.diagnose({ topic: "orders", maxAgeSeconds: 60 })).looked.topics).toBe(1);
});
