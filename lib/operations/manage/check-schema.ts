import { InvalidRequest } from "../../domain/errors.js";
import { SCHEMA_BYTES_AT_MOST } from "../../domain/topic.js";
import type { Engine } from "../engine.js";

/** @throws {InvalidRequest} with every fault, each with its place below `schema` */
export async function checkSchema({ schemas }: Engine, schema: string): Promise<void> {
  const sizeBytes = Buffer.byteLength(schema);
  if (sizeBytes > SCHEMA_BYTES_AT_MOST) {
    const detail = `has ${sizeBytes} bytes: at most ${SCHEMA_BYTES_AT_MOST}`;
    throw new InvalidRequest([{ path: "schema", detail }]);
  }
  try {
    await schemas.compile(schema);
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    throw error.below("schema");
  }
}
