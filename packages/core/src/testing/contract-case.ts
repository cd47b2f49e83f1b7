/** One promise of an interface, checked by one implementation; made for `for (const { name, run } of cases) it(name, run)`. */
export interface ContractCase {
  readonly name: string;
  /** Resolves when the promise is kept, and rejects with an assertion error when it is not. */
  run(this: void): Promise<void>;
}
