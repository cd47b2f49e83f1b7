/** Every case of every operation. */
import { arithmeticOps } from "./arithmetic.js";
import { creationOps } from "./creation.js";
import { imageOps } from "./images.js";
import type { OpCase } from "./op-case.js";
import { productOps } from "./products.js";
import { readingOps } from "./reading.js";
import { structureOps } from "./structure.js";

export const OP_CASES: readonly OpCase[] = [
  ...arithmeticOps,
  ...structureOps,
  ...productOps,
  ...imageOps,
  ...creationOps,
  ...readingOps,
];
