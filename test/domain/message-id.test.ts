import { messageId, parseMessageId } from "../../lib/domain/message-id.js";

describe("a message id", () => {
  it("is an address that can be read back", () => {
    const address = { topic: { name: "orders_2-x", uid: "a-_1" }, partition: 7, offset: 1_795_469_774_971_000 };
    expect(parseMessageId(messageId(address))).toEqual(address);
  });

  it.each(["", "orders", "orders.u.0", "orders.u.x.1", "or ders.u.0.1", "orders.u.0.1.2", "orders.u.9999.1"])(
    "is not made of %j",
    (text) => expect(parseMessageId(text)).toBeUndefined(),
  );
});
