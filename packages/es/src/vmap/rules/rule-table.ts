/** The rule of every kernel that has one. */
import { binaryRules } from "./binary.js";
import { blockRules } from "./blocks.js";
import { complexRules } from "./complex.js";
import { convolutionRules } from "./convolution.js";
import { countingRules } from "./counting.js";
import { einsumRules } from "./einsum.js";
import { elementwiseRules } from "./elementwise.js";
import { imageRules } from "./image.js";
import { matmulRules } from "./matmul.js";
import { reductionRules } from "./reduction.js";
import { refusedRules } from "./refused.js";
import type { Rule } from "./rule.js";
import { scatterRules } from "./scatter.js";
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
  ...convolutionRules,
  ...imageRules,
  ...blockRules,
  ...scatterRules,
  ...countingRules,
  ...complexRules,
  ...refusedRules,
]);
