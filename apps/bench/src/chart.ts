/** The scaling curves as an SVG: a panel per dimension, time and memory on logarithmic axes. */
import type { Dimension, MeasuredPoint, Scaling } from "./scaling.js";

const PANEL = { width: 360, height: 260, left: 56, right: 56, top: 36, bottom: 40 };
const TIME = "#2563eb";
const MEMORY = "#d97706";

type Scale = (value: number) => number;

export function scalingChart(scaling: Scaling): string {
  const panels = (Object.keys(scaling) as Dimension[]).map((dimension, index) => {
    const x = (index % 2) * PANEL.width;
    const y = Math.floor(index / 2) * PANEL.height;
    return `<g transform="translate(${x} ${y})">${panel(dimension, scaling[dimension])}</g>`;
  });
  const [width, height] = [2 * PANEL.width, 2 * PANEL.height + 24];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
<rect width="${width}" height="${height}" fill="white"/>
${panels.join("\n")}
<text x="${width / 2}" y="${height - 8}" text-anchor="middle"><tspan fill="${TIME}">milliseconds (left)</tspan> · <tspan fill="${MEMORY}">heap, MiB (right)</tspan>, MLP width-width-10, one thread</text>
</svg>
`;
}

function panel(dimension: Dimension, points: readonly MeasuredPoint[]): string {
  const across = logScale(
    points.map((point) => point[dimension]),
    [PANEL.left, PANEL.width - PANEL.right],
  );
  const vertical: [number, number] = [PANEL.height - PANEL.bottom, PANEL.top];
  const times = axis(
    points.map((point) => point.bestMs),
    vertical,
  );
  const memory = axis(
    points.map((point) => point.heapMiB),
    vertical,
  );
  const others = (["candidates", "examples", "width", "rank"] as const)
    .filter((name) => name !== dimension)
    .map((name) => `${name} ${points[0]?.[name] ?? ""}`)
    .join(", ");
  const ticks = points.map((point) => {
    const x = across(point[dimension]);
    return `<text x="${x}" y="${PANEL.height - PANEL.bottom + 16}" text-anchor="middle">${point[dimension]}</text>`;
  });
  return [
    `<text x="${PANEL.width / 2}" y="16" text-anchor="middle" font-weight="bold">${dimension}</text>`,
    `<text x="${PANEL.width / 2}" y="29" text-anchor="middle" fill="#666" font-size="9">${others}</text>`,
    `<path d="M${PANEL.left} ${PANEL.top}V${PANEL.height - PANEL.bottom}H${PANEL.width - PANEL.right}V${PANEL.top}" fill="none" stroke="#999"/>`,
    ...ticks,
    ...times.ticks.map(
      (tick) =>
        `<text x="${PANEL.left - 6}" y="${times.scale(tick) + 4}" text-anchor="end" fill="${TIME}">${tick}</text>`,
    ),
    ...memory.ticks.map(
      (tick) =>
        `<text x="${PANEL.width - PANEL.right + 6}" y="${memory.scale(tick) + 4}" fill="${MEMORY}">${tick}</text>`,
    ),
    curve(points, (point) => [across(point[dimension]), times.scale(point.bestMs)], TIME),
    curve(points, (point) => [across(point[dimension]), memory.scale(point.heapMiB)], MEMORY),
  ].join("\n");
}

function curve(
  points: readonly MeasuredPoint[],
  place: (point: MeasuredPoint) => [number, number],
  colour: string,
): string {
  const places = points.map((point) => place(point).map((side) => side.toFixed(1)));
  const dots = places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="2.5" fill="${colour}"/>`);
  return `<polyline points="${places.map((pair) => pair.join(",")).join(" ")}" fill="none" stroke="${colour}" stroke-width="1.5"/>${dots.join("")}`;
}

/** From the power of ten below the values to the one above. */
function axis(values: readonly number[], range: [number, number]): { scale: Scale; ticks: number[] } {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const ticks = Array.from({ length: high - low + 1 }, (_, step) => 10 ** (low + step));
  return { scale: logScale(ticks, range), ticks };
}

function logScale(values: readonly number[], [from, to]: [number, number]): Scale {
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  return (value) => from + ((Math.log(value) - low) / (high - low)) * (to - from);
}
