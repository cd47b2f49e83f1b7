/** What every thread trains: the MLP of the performance table, of the sizes in the module's address. */
import { crossEntropy } from "@hyperfunc/es";
import { mlp } from "./mlp.js";

const sizes = new URL(import.meta.url).searchParams;

export const { system, data } = mlp(Number(sizes.get("width") ?? 512), Number(sizes.get("examples") ?? 200));
export const metric = crossEntropy;
