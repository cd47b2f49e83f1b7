/** Which parameters an ablation sets back, group by group. */
import { HyperfuncError, invalidArgument } from "../errors/hyperfunc-error.js";
import type { AnyHyperfunction } from "../hyperfunction/hyperfunction.js";
import { withEntries, type ParameterState } from "../parameters/parameter-state.js";
import type { FlowResponse } from "../system/agent.js";
import { registryOf, type HyperSystem } from "../system/hyper-system.js";
import type { Registry } from "../system/registry.js";

/** At most one of the three; default `reset` of every trainable hyperfunction. */
export interface AblationPlan {
  /** One row per path, with that path set back. */
  readonly reset?: readonly string[];
  /** These stay tuned; one row for every other trainable hyperfunction. */
  readonly freeze?: readonly string[];
  /** One row per path, with everything but that path set back. */
  readonly only?: readonly string[];
}

export interface AblatedState {
  readonly group: string;
  readonly state: ParameterState;
}

export function ablatedStates<Input, Output, Response extends Output | FlowResponse<Output>>(
  system: HyperSystem<Input, Output, Response>,
  plan: AblationPlan,
): AblatedState[] {
  const registry = registryOf(system);
  const given = [plan.reset, plan.freeze, plan.only].filter((paths) => paths !== undefined);
  if (given.length > 1) throw invalidArgument("Give one of reset, freeze and only.");
  for (const path of given.flat()) checkPath(registry, path);
  const { reset, only, freeze = [] } = plan;
  if (only !== undefined) {
    return only.map((path) => ({
      group: `all but ${path}`,
      state: resetWhere(registry, (leaf) => !matches(leaf, path)),
    }));
  }
  const groups = reset ?? trainable(registry).filter((name) => !freeze.some((path) => matches(name, path)));
  return groups.map((group) => ({
    group,
    state: resetWhere(
      registry,
      (leaf) => matches(leaf, group) && !freeze.some((path) => matches(leaf, path)),
    ),
  }));
}

function trainable({ hyperfunctions, layouts }: Registry): string[] {
  return hyperfunctions
    .filter(
      ({ name, options }) => layouts.has(name) || options.prompt !== undefined || options.demos !== undefined,
    )
    .map(({ name }) => name);
}

function matches(path: string, group: string): boolean {
  return path === group || path.startsWith(`${group}.`);
}

function leavesOf({ name, layout }: AnyHyperfunction): string[] {
  return [...(layout?.leaves.map(({ path }) => path) ?? []), `${name}.prompt`, `${name}.demos`];
}

function checkPath({ hyperfunctions }: Registry, path: string): void {
  const all = hyperfunctions.flatMap(leavesOf);
  if (all.some((leaf) => matches(leaf, path))) return;
  throw new HyperfuncError(
    "UNKNOWN_PATH",
    `There are no parameters at "${path}"; there are: ${all.join(", ")}.`,
  );
}

/** The current state with every leaf that `chosen` names back at its initial value. */
function resetWhere(
  { hyperfunctions, state, initialState }: Registry,
  chosen: (leaf: string) => boolean,
): ParameterState {
  return hyperfunctions.reduce((current, { name, layout }) => {
    const values = state.values.get(name)?.slice();
    const initial = initialState.values.get(name);
    for (const { path, offset, size } of layout?.leaves ?? []) {
      if (chosen(path) && initial !== undefined) values?.set(initial.subarray(offset, offset + size), offset);
    }
    const prompt = chosen(`${name}.prompt`) ? initialState.prompts.get(name) : undefined;
    const demos = chosen(`${name}.demos`) ? initialState.demos.get(name) : undefined;
    return withEntries(current, {
      ...(values === undefined ? {} : { values: [[name, values]] }),
      ...(prompt === undefined ? {} : { prompts: [[name, prompt]] }),
      ...(demos === undefined ? {} : { demos: [[name, demos]] }),
    });
  }, state);
}
