/** What every thread trains: the MLP of the performance table at width 512. */
import { crossEntropy } from "@hyperfunc/es";
import { EXAMPLES } from "./forward.js";
import { mlp } from "./mlp.js";

export const WIDTH = 512;

export const { system, data } = mlp(WIDTH, EXAMPLES);
export const metric = crossEntropy;
