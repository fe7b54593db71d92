import { ORDERS, START_MS, anApiWithTopic } from "./an-api.js";

const MESSAGES = `${ORDERS}/messages`;
const at = (seconds: number): string => new Date(START_MS + seconds * 1_000).toISOString();
interface Published {
  readonly messages: readonly {
    readonly id: string;
    readonly deliverAt?: string;
    readonly publishedAt?: string;
  }[];
}

describe("delayed messages over HTTP", () => {
  it("GIVEN a batch with some delayed WHEN it is published THEN each has its own time", async () => {
    const api = await anApiWithTopic();
    const messages = [
      { body: 1, delaySeconds: 60, key: "k", tag: "t", expiresInSeconds: 10 },
      { body: 2 },
      { body: "three", deliverAt: at(30), businessKey: "b" },
    ];
    const answer = await api.send("POST", MESSAGES, { messages });
    const [first, second, third] = (answer.body as Published).messages;
    expect([first?.deliverAt, second?.deliverAt, third?.deliverAt]).toEqual([at(60), undefined, at(30)]);
    expect(second?.publishedAt).toBe(at(0));
    const listed = await api.send("GET", `${ORDERS}/scheduled`);
    expect(listed.body).toEqual({
      items: [
        {
          ...{ id: third?.id, deliverAt: at(30), scheduledAt: at(0), businessKey: "b" },
          ...{ contentType: "application/json", bodyBytes: 7 },
        },
        {
          ...{ id: first?.id, deliverAt: at(60), scheduledAt: at(0), key: "k", tag: "t", expiresAt: at(70) },
          ...{ contentType: "application/json", bodyBytes: 1 },
        },
      ],
    });
  });

  it("GIVEN a raw publish WHEN it has a delay THEN it is scheduled", async () => {
    const api = await anApiWithTopic();
    const answer = await api.send("POST", `${MESSAGES}/raw`, "tea", { "sluice-delay-seconds": "60" });
    expect((answer.body as Published).messages[0]?.deliverAt).toBe(at(60));
  });

  it("GIVEN a delayed message WHEN it is cancelled THEN 204, also again; of others why not", async () => {
    const api = await anApiWithTopic();
    const answer = await api.send("POST", MESSAGES, {
      messages: [{ body: 1, delaySeconds: 60 }, { body: 2 }],
    });
    const [delayed, published] = (answer.body as Published).messages.map(({ id }) => `/v1/messages/${id}`);
    for (let time = 0; time < 2; time++) expect((await api.send("DELETE", delayed ?? "")).status).toBe(204);
    expect(((await api.send("GET", `${ORDERS}/scheduled`)).body as { items: unknown[] }).items).toEqual([]);
    const refused = async (path = ""): Promise<[number, string]> => {
      const { status, code } = await api.problem("DELETE", path);
      return [status, code];
    };
    expect(await refused(published)).toEqual([409, "already-published"]);
    expect(await refused("/v1/messages/nonsense")).toEqual([404, "message-not-found"]);
    expect(await refused("/v1/messages/none.0mfg3k2x1-0123456789abcdefghij")).toEqual([
      404,
      "topic-not-found",
    ]);
  });
});
