/**
 * Levenshtein's distance between two texts: insertions, deletions and substitutions of a character cost 1.
 *
 * The table of distances is filled 32 rows at a time: neighbouring cells differ by −1, 0 or 1, so a column of 32 of them
 * is two words of bits, and one addition carries along a run of equal characters. See G. Myers, A fast bit-vector
 * algorithm for approximate string matching based on dynamic programming, 1999, section 4; tests compare it with the
 * plain table.
 */

const WORD = 32;

/** Characters are code points, so an emoji is one edit. Takes O(n·m / 32) time and O(n + m) memory. */
export function editDistance(left: string, right: string): number {
  if (left === right) return 0;
  const [a, b] = [codePoints(left), codePoints(right)];
  const shortest = Math.min(a.length, b.length);
  let start = 0;
  while (start < shortest && a[start] === b[start]) start++;
  let end = 0;
  while (end < shortest - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const [rows, columns] = [a.subarray(start, a.length - end), b.subarray(start, b.length - end)];
  return rows.length === 0 ? columns.length : bitParallelDistance(rows, columns);
}

export function codePointCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function codePoints(text: string): Uint32Array {
  return Uint32Array.from(text, (character) => character.codePointAt(0) ?? 0);
}

function bitParallelDistance(rows: Uint32Array, columns: Uint32Array): number {
  const { ids, count } = numbered(rows, columns);
  const [rowIds, columnIds] = [ids.subarray(0, rows.length), ids.subarray(rows.length)];
  // The change from column to column along the row above the block; the first row of the table is 0, 1, 2, …
  const steps = new Int8Array(columns.length).fill(1);
  const equalRows = new Int32Array(count);
  for (let first = 0; first < rows.length; first += WORD) {
    const block = rowIds.subarray(first, first + WORD);
    block.forEach((id, bit) => (equalRows[id] = (equalRows[id] ?? 0) | (1 << bit)));
    fillBlock(equalRows, columnIds, steps, 1 << (block.length - 1));
    for (const id of block) equalRows[id] = 0;
  }
  return steps.reduce((sum, step) => sum + step, rows.length);
}

/** Turns the steps along the row above a block into those along its last row. */
function fillBlock(equalRows: Int32Array, columns: Int32Array, steps: Int8Array, last: number): void {
  // Bits of the rows whose cell is one more, or one less, than the cell above it.
  let more = -1;
  let less = 0;
  for (let column = 0; column < columns.length; column++) {
    const step = steps[column] as number;
    const equal = equalRows[columns[column] as number] as number;
    const below = equal | (step < 0 ? 1 : 0);
    const diagonal = (((below & more) + more) ^ more) | below;
    let rise = less | ~(diagonal | more);
    let fall = more & diagonal;
    steps[column] = (rise & last) !== 0 ? 1 : (fall & last) !== 0 ? -1 : 0;
    rise = (rise << 1) | (step > 0 ? 1 : 0);
    fall = (fall << 1) | (step < 0 ? 1 : 0);
    const kept = equal | less;
    more = fall | ~(kept | rise);
    less = rise & kept;
  }
}

/** The characters of both texts as small whole numbers. */
function numbered(rows: Uint32Array, columns: Uint32Array): { ids: Int32Array; count: number } {
  const known = new Map<number, number>();
  const ids = Int32Array.from([...rows, ...columns], (character) => {
    const id = known.get(character) ?? known.size;
    if (id === known.size) known.set(character, id);
    return id;
  });
  return { ids, count: known.size };
}
