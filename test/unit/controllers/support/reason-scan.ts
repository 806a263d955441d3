// Finds in the sources of the controllers which reason is set for which condition of which kind: in the calls that set one,
// by the position of the argument. A reason that isn't written as a literal is reported as dynamic.
import { readFileSync, readdirSync } from 'node:fs';
import type { Kind } from '../../../../src/api/reasons.ts';

const CONTROLLERS = new URL('../../../../src/controllers/', import.meta.url);

/** Where a call has its reason, and for which condition it is; `condition` as a number: that argument names it. */
interface Setter {
  readonly call: string;
  readonly reason: number;
  readonly condition: string | number;
  /** The argument that becomes the condition's status. */
  readonly status?: number;
}

const SETTERS: readonly Setter[] = [
  { call: 'new NotReady', reason: 0, condition: 'Ready' },
  { call: 'new TerminalError', reason: 0, condition: 'Ready' },
  { call: 'draft.summarize', reason: 1, condition: 'Ready' },
  { call: 'draft.set', reason: 2, condition: 0, status: 1 },
  // helpers that hand their argument on to one of these
  { call: 'say', reason: 2, condition: 'Ready' },
  { call: 'tryAgain', reason: 1, condition: 'Ready' },
  { call: 'pauseAfter', reason: 2, condition: 'Ready' },
  { call: 'afterPause', reason: 1, condition: 'Ready' },
  { call: 'hold', reason: 0, condition: 'DeletionBlocked' },
  { call: 'blocked', reason: 1, condition: 'DeletionBlocked' },
  { call: 'block', reason: 1, condition: 'DeletionBlocked' },
  { call: '#baseProblem', reason: 2, condition: 'Ready' },
  { call: '#baseProblem', reason: 3, condition: 'BaseSnapshotReady' },
  { call: 'problems.push', reason: 0, condition: 'SourceSuitable' },
];

export interface SetReason {
  readonly file: string;
  readonly kinds: readonly Kind[];
  readonly condition: string;
  /** Undefined: not a literal. */
  readonly reason: string | undefined;
  /** Where the call says it with a literal. */
  readonly status: 'True' | 'False' | 'Unknown' | undefined;
}

/** Whose conditions a file writes: by its folder, but for what several kinds use. */
function kindsOf(file: string): readonly Kind[] {
  if (file === 'vcenter/folders.ts') return ['LinkedClone'];
  if (file.startsWith('shared/')) return ['BaseSnapshot', 'LinkedClone'];
  if (file.startsWith('vcenter/')) return ['VCenter'];
  if (file.startsWith('base-snapshot/')) return ['BaseSnapshot'];
  if (file.startsWith('linked-clone-set/')) return ['LinkedCloneSet'];
  if (file.startsWith('linked-clone/')) return ['LinkedClone'];
  return [];
}

/** The arguments of the call whose parenthesis opens at `open`, split at the commas of its own level. */
function argumentsAt(text: string, open: number): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let from = open + 1;
  for (let at = open; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote !== '') {
      if (char === '\\') at += 1;
      else if (char === quote) quote = '';
    } else if (`'"\``.includes(char)) quote = char;
    else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) {
      depth -= 1;
      if (depth === 0) return [...parts, text.slice(from, at)].map((part) => part.trim()).filter((part) => part !== '');
    } else if (char === ',' && depth === 1) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  throw new Error(`a call that doesn't end: ${text.slice(open, open + 60)}`);
}

/** Reasons among the literals of an expression: `a === 'x' ? 'One' : 'Two'` has One and Two. */
function reasonsIn(expression: string): string[] {
  return [...expression.matchAll(/'([A-Z][A-Za-z]*)'/g)].map((match) => match[1] ?? '');
}

const STATUS: Readonly<Record<string, SetReason['status']>> = { true: 'True', false: 'False', "'Unknown'": 'Unknown' };

function callsOf(text: string, setter: Setter): string[][] {
  const found: string[][] = [];
  for (let at = text.indexOf(`${setter.call}(`); at >= 0; at = text.indexOf(`${setter.call}(`, at + 1)) {
    const before = text.slice(Math.max(0, at - 9), at);
    const isDefinition = before.endsWith('function ') || /^\s*\(\s*\w+:/.test(text.slice(at + setter.call.length));
    const isOtherName = /[\w#.]$/.test(before) && !before.endsWith('this.') && !before.endsWith('scope.');
    if (!isDefinition && !isOtherName) found.push(argumentsAt(text, at + setter.call.length));
  }
  return found;
}

function scanFile(file: string, text: string): SetReason[] {
  const kinds = kindsOf(file);
  return SETTERS.flatMap((setter) =>
    callsOf(text, setter).flatMap((args): SetReason[] => {
      const named =
        typeof setter.condition === 'number' ? reasonsIn(args[setter.condition] ?? '')[0] : setter.condition;
      const condition = named ?? '(dynamic)';
      const status = setter.status === undefined ? undefined : STATUS[args[setter.status] ?? ''];
      const reasons = reasonsIn(args[setter.reason] ?? '');
      const all: (string | undefined)[] = reasons.length === 0 ? [undefined] : reasons;
      // a phase's error may name a condition that becomes False for the same reason
      const beside = args.map((arg) => /condition: '(\w+)'/.exec(arg)?.[1]).find((each) => each !== undefined);
      return all.flatMap((reason) => [
        { file, kinds, condition, reason, status },
        ...(beside === undefined ? [] : [{ file, kinds, condition: beside, reason, status: 'False' as const }]),
      ]);
    }),
  );
}

/** The source of a controller, by its path below `src/controllers`. */
export function controllerSource(file: string): string {
  return readFileSync(new URL(file, CONTROLLERS), 'utf8');
}

/** Every reason that the controllers set, in the order of the files. */
export function scanReasons(): readonly SetReason[] {
  return readdirSync(CONTROLLERS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .toSorted()
    .flatMap((file) => scanFile(file, controllerSource(file)));
}
