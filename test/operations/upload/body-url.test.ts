import { bodyUrl } from "../../../lib/operations/upload/body-url.js";
import { anApiWithTopic } from "../../http/an-api.js";

it("GIVEN a message whose body comes with it, or none WHEN its body is asked for THEN it is refused", async () => {
  const api = await anApiWithTopic();
  const { engine } = api;
  const { body } = await api.send("POST", "/v1/topics/orders/messages", { messages: [{ body: 7 }] });
  const { id = "" } = (body as { messages: { id: string }[] }).messages[0] ?? {};
  await expect(bodyUrl(engine, id)).rejects.toMatchObject({ errors: [{ path: "path.id" }] });
  await expect(bodyUrl(engine, `${id}0`)).rejects.toMatchObject({ code: "message-not-found" });
  await expect(bodyUrl(engine, "x")).rejects.toMatchObject({ code: "message-not-found" });
});
