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
const CLEAR_TO_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** The screen that fits the stream. */
export function createScreen(stream: ScreenStream): Screen {
  return stream.isTTY === true ? liveScreen(stream) : plainScreen(stream);
}

function liveScreen(stream: ScreenStream): Screen {
  let height = 0;
  const toTop = (): string => (height === 0 ? '' : `\u001b[${height}F`);
  return {
    intervalMs: LIVE_INTERVAL_MS,
    show(table) {
      const lines = fit(layOut(table), stream);
      stream.write(`${toTop()}${lines.map((line) => `${line}${CLEAR_TO_LINE_END}\n`).join('')}${CLEAR_BELOW}`);
      height = lines.length;
    },
    print(text) {
      stream.write(`${toTop()}${CLEAR_BELOW}${text}`);
      height = 0;
    },
    settle() {
      height = 0;
    },
  };
}

/** A line that wraps, or a block that is higher than the window, couldn't be rewritten. */
function fit({ header, rows, total }: TableLines, { columns = 80, rows: height = 24 }: ScreenStream): string[] {
  const shown = rows.slice(0, Math.max(0, height - 3));
  return [header, ...shown, total].map((line) => line.slice(0, columns - 1));
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
