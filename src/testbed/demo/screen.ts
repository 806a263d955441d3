// Where the table appears. On a terminal it's one block that is rewritten in place; elsewhere (a file, CI) each row is a
// plain line, printed when something in it changed.
import type { Table, TableLines } from './table.ts';
import { contentOf, layOut } from './table.ts';

export interface Screen {
  /** Shows the table as it is now. */
  show(table: Table): void;
  /** Text that stays, with its line ends; the table goes on below it. */
  print(text: string): void;
  /** Leaves the table where it is, whole; what is shown afterwards begins anew below. */
  settle(): void;
  /** Milliseconds between two looks at the operator that make sense here. */
  readonly intervalMs: number;
}

export interface ScreenStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

const LIVE_INTERVAL_MS = 250;
const PLAIN_INTERVAL_MS = 1000;
/** Characters of WAITING FOR that are shown even in a narrow window. */
const LEAST_WAITING_FOR = 20;
const CLEAR_BELOW = '\u001b[J';

/** The screen that fits the stream. */
export function createScreen(stream: ScreenStream): Screen {
  return stream.isTTY === true ? liveScreen(stream) : plainScreen(stream);
}

function liveScreen(stream: ScreenStream): Screen {
  let height = 0;
  /** To where the block begins, with nothing left of it. */
  const erase = (): string => (height === 0 ? '' : `\u001b[${height}F${CLEAR_BELOW}`);
  return {
    intervalMs: LIVE_INTERVAL_MS,
    show(table) {
      const block = fit(layOut(table), stream);
      stream.write(`${erase()}${block.lines.map((line) => `${line}\n`).join('')}`);
      height = block.height;
    },
    print(text) {
      stream.write(`${erase()}${text}`);
      height = 0;
    },
    settle() {
      height = 0;
    },
  };
}

/**
 * The lines that fit the window, and how many of its rows they take: a narrow window wraps them. What is waited for may be
 * long and is cut off; sets that don't fit are left out, because what has scrolled away can't be rewritten.
 */
function fit(
  { header, rows, total }: TableLines,
  { columns = 80, rows: windowRows = 24 }: ScreenStream,
): { lines: string[]; height: number } {
  const longest = Math.max(columns - 1, header.length + LEAST_WAITING_FOR);
  const heightOf = (line: string): number => Math.max(1, Math.ceil(line.length / columns));
  const lines = [header, total].map((line) => line.slice(0, longest));
  let height = lines.reduce((sum, line) => sum + heightOf(line), 0);
  for (const row of rows.map((line) => line.slice(0, longest))) {
    if (height + heightOf(row) >= windowRows) break;
    lines.splice(-1, 0, row);
    height += heightOf(row);
  }
  return { lines, height };
}

function plainScreen(stream: ScreenStream): Screen {
  let printed = new Map<string, string>();
  let last: Table | undefined;
  return {
    intervalMs: PLAIN_INTERVAL_MS,
    show(table) {
      const { header, rows, total } = layOut(table);
      if (last === undefined) stream.write(`${header}\n`);
      const contents = new Map<string, string>();
      for (const [i, row] of [...table.rows, table.total].entries()) {
        const content = contentOf(row);
        contents.set(row.name, content);
        if (printed.get(row.name) !== content) stream.write(`${rows[i] ?? total}\n`);
      }
      printed = contents;
      last = table;
    },
    print: (text) => void stream.write(text),
    settle() {
      if (last === undefined) return;
      const { header, rows, total } = layOut(last);
      stream.write(`${[header, ...rows, total].join('\n')}\n`);
    },
  };
}
