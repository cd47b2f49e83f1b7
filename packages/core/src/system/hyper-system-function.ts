import { HyperSystem } from "./hyper-system.js";
import type { HyperSystemOptions } from "./options.js";

/**
 * Makes a system from a function, for programs that need no class.
 *
 * @example
 * import { hyperfunction, hyperSystem } from "@hyperfunc/core";
 * const double = hyperfunction({ name: "double" }, ({ x }: { x: number }) => 2 * x);
 * const system = hyperSystem({ name: "doubling" }, async ({ x }: { x: number }) => double({ x }));
 * console.log(await system.run({ x: 21 })); // 42
 */
export function hyperSystem<Input, Output>(
  options: HyperSystemOptions & { readonly name: string },
  run: (input: Input) => Output | Promise<Output>,
): HyperSystem<Input, Output> {
  return new FunctionSystem(options, run);
}

class FunctionSystem<Input, Output> extends HyperSystem<Input, Output> {
  readonly #program: (input: Input) => Output | Promise<Output>;

  constructor(options: HyperSystemOptions, program: (input: Input) => Output | Promise<Output>) {
    super(options);
    this.#program = program;
  }

  override async run(input: Input): Promise<Output> {
    return this.#program(input);
  }
}
