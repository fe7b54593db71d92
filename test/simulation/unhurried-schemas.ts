import { CompiledSchema } from "../../lib/adapters/json-schema/compiled.js";
import type { Schemas } from "../../lib/domain/ports/schemas.js";

/** Without limits of time: a history is the same on a busy machine. */
export const unhurriedSchemas: Schemas = {
  compile: async (text) => {
    await Promise.resolve();
    const schema = new CompiledSchema(JSON.parse(text) as object);
    return (bodies) => bodies.map((body) => schema.faultsOf(body));
  },
};
