import { invalidArgument, type JsonSchema, type ResponseSchema } from "@hyperfunc/core";
import { z } from "zod";

/**
 * A zod schema as the shape of a response: its JSON Schema for the model, its parser for the answer.
 *
 * @throws INVALID_ARGUMENT for a schema that JSON cannot express.
 */
export function responseSchema(schema: z.ZodType | ResponseSchema): ResponseSchema {
  if (!("safeParse" in schema)) return schema;
  if (!("_zod" in schema))
    throw invalidArgument("The schema is one of zod 3; Hyperfunc takes schemas of zod 4.");
  let jsonSchema: JsonSchema;
  try {
    const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: "draft-7" });
    jsonSchema = rest;
  } catch (error) {
    throw invalidArgument(
      `The schema cannot be asked for as JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return {
    name: "answer",
    jsonSchema,
    parse: (value) => {
      const read = schema.safeParse(value);
      if (read.success) return read.data;
      throw invalidArgument(z.prettifyError(read.error));
    },
  };
}
