/**
 * What kinds of program a system can be.
 *
 * A kind decides how one example drives `run`: once (FLOW), message by message (CHAT), step by step (GAME). Evaluation
 * and optimisation know only `runExample`, so a new kind changes nothing there.
 */
export const AgentType = { FLOW: "flow", CHAT: "chat", GAME: "game" } as const;
export type AgentType = (typeof AgentType)[keyof typeof AgentType];

/** An output with room for what belongs to it; evaluation sees `output`. */
export class FlowResponse<Output> {
  constructor(
    readonly output: Output,
    readonly metadata: Readonly<Record<string, unknown>> = {},
  ) {}
}

/** The output in what a program returned. */
export function outputOf<Output>(response: Output | FlowResponse<Output>): Output {
  return response instanceof FlowResponse ? response.output : response;
}
