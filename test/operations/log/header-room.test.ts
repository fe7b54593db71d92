import { headerRoomBytes } from "../../../lib/operations/log/header-room.js";

const UNIT_BYTES = 1_024;
const topic = { name: "orders", uid: "u123456789" };

describe("the room for a header", () => {
  it("is two write units where the slot's bytes are in S3", () => {
    expect(headerRoomBytes(topic, undefined)).toBe(2 * UNIT_BYTES);
  });

  it("is what is left of the unit that the slot begins, so it shrinks byte by byte and then begins anew", () => {
    const rooms = Array.from({ length: 4 * UNIT_BYTES }, (_, bytes) => headerRoomBytes(topic, bytes));
    const steps = rooms.slice(1).map((room, at) => room - (rooms[at] ?? 0));
    expect(Math.max(...rooms)).toBeLessThan(UNIT_BYTES);
    expect(Math.min(...rooms)).toBe(0);
    expect(steps.filter((step) => step > 0)).toHaveLength(4);
    expect(steps.every((step) => step === -1 || step === 0 || step > 900)).toBe(true);
  });

  it("is smaller by the bytes of a longer name", () => {
    const longer = { ...topic, name: `${topic.name}äö` };
    expect(headerRoomBytes(longer, 100)).toBe(headerRoomBytes(topic, 100) - 4);
  });
});
