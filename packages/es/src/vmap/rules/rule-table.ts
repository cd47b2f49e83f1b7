/** The rule of every kernel that has one. */
import { binaryRules } from "./binary.js";
import { einsumRules } from "./einsum.js";
import { elementwiseRules } from "./elementwise.js";
import { imageRules } from "./image.js";
import { matmulRules } from "./matmul.js";
import { reductionRules } from "./reduction.js";
import type { Rule } from "./rule.js";
import { selectionRules } from "./selection.js";
import { shapeRules } from "./shape.js";

export const RULES: ReadonlyMap<string, Rule> = new Map([
  ...elementwiseRules,
  ...binaryRules,
  ...reductionRules,
  ...shapeRules,
  ...selectionRules,
  ...matmulRules,
  ...einsumRules,
  ...imageRules,
]);
