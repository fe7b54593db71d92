import type { Schemas } from "../../domain/ports/schemas.js";

/** JSON Schemas by Ajv, which is loaded with the first of them: few topics have one. */
export const jsonSchemas: Schemas = {
  compile: async (schema) => (await import("./compile.js")).compileSchema(schema),
};
