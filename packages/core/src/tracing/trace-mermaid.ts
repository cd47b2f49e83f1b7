/** A trace as a Mermaid flowchart. */
import type { Trace, TraceEdgeKind, TraceNode } from "./trace.js";

const ARROW: Record<TraceEdgeKind, string> = { identity: "-->", text: "-- text -->", order: "-.->" };

const SHAPE: Record<TraceNode["kind"], readonly [open: string, close: string]> = {
  hyperfunction: ["[", "]"],
  model: ["([", "])"],
  tool: ["[[", "]]"],
};

/**
 * A left-to-right flowchart: one box per call, nested calls inside their parent's. Solid arrows are objects, labelled
 * ones texts, dotted ones order alone; failed calls have a red border.
 */
export function traceMermaid({ nodes, edges }: Pick<Trace, "nodes" | "edges">): string {
  const children = new Map<number | undefined, TraceNode[]>();
  for (const node of nodes) {
    const siblings = children.get(node.parent);
    if (siblings === undefined) children.set(node.parent, [node]);
    else siblings.push(node);
  }

  const draw = (node: TraceNode, indent: string): string[] => {
    const inside = children.get(node.id) ?? [];
    const label = `"${escapeLabel(node.name)}"`;
    if (inside.length > 0) {
      const content = inside.flatMap((child) => draw(child, `${indent}  `));
      return [`${indent}subgraph n${node.id}[${label}]`, ...content, `${indent}end`];
    }
    const [open, close] = SHAPE[node.kind];
    return [`${indent}n${node.id}${open}${label}${close}`];
  };

  const failed = nodes.filter((node) => node.state === "failed").map((node) => `n${node.id}`);
  return [
    "flowchart LR",
    ...(children.get(undefined) ?? []).flatMap((node) => draw(node, "  ")),
    ...edges.map(({ from, to, kind }) => `  n${from} ${ARROW[kind]} n${to}`),
    ...(failed.length === 0
      ? []
      : ["  classDef failed stroke:#c00,stroke-width:2px", `  class ${failed.join(",")} failed`]),
    "",
  ].join("\n");
}

/** Mermaid's own entities: `#` first, because they contain it. */
function escapeLabel(text: string): string {
  return text
    .replaceAll("#", "#35;")
    .replaceAll('"', "#quot;")
    .replaceAll("<", "#lt;")
    .replaceAll(">", "#gt;")
    .replaceAll("`", "#96;")
    .replace(/\s+/g, " ");
}
