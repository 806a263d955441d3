// Leader election isn't fencing, so no call that changes a vCenter goes out unasked: read off the sources, each call site by
// itself. Whoever adds one without the question finds it named here.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { methodKind } from '../../../src/vsphere/method-kinds.ts';

const SRC = new URL('../../../src/', import.meta.url);

/** Methods of the client that change something, and what they send. */
const MUTATORS: Readonly<Record<string, string>> = {
  cloneVm: 'CloneVM_Task',
  createSnapshot: 'CreateSnapshot_Task',
  removeSnapshot: 'RemoveSnapshot_Task',
  powerOn: 'PowerOnVM_Task',
  powerOff: 'PowerOffVM_Task',
  shutdownGuest: 'ShutdownGuest',
  destroy: 'Destroy_Task',
  reconfigure: 'ReconfigVM_Task',
  createFolder: 'CreateFolder',
};
/** What can't be undone: the Lease's holder is read live before. */
const FINAL = new Set(['createSnapshot', 'removeSnapshot', 'destroy']);

interface Site {
  readonly file: string;
  readonly line: number;
  readonly method: string;
  /** The text of the function from its head to the call. */
  readonly before: string;
}

function sources(folder: string): string[] {
  return readdirSync(new URL(folder, SRC), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}${name}`);
}

function text(file: string): string {
  return readFileSync(new URL(file, SRC), 'utf8');
}

function sites(): Site[] {
  return sources('controllers/').flatMap((file) => {
    const source = text(file);
    return [...source.matchAll(/\bclient\.([a-zA-Z]+)\(/g)]
      .filter(([, method = '']) => Object.hasOwn(MUTATORS, method))
      .map((match): Site => {
        const upTo = source.slice(0, match.index);
        const head = Math.max(...[...upTo.matchAll(/^(?:export )?(?:async )?function /gm)].map(({ index }) => index));
        return { file, line: upTo.split('\n').length, method: match[1] ?? '', before: upTo.slice(head) };
      });
  });
}

function named({ file, line, method }: Site): string {
  return `${file}:${line} ${method}`;
}

describe('calls that change a vCenter', () => {
  it('are found', () => {
    const all = sites();
    expect(all.length).toBeGreaterThanOrEqual(12);
    expect(new Set(all.map(({ method }) => method))).toEqual(
      new Set(Object.keys(MUTATORS).filter((method) => method !== 'shutdownGuest')),
    );
  });

  it('ask right before whether this process still leads', () => {
    const unasked = sites().filter(({ before }) => !/guard\.(?:mayChange\(\)|mayDestroy\(\))/.test(before));
    expect(unasked.map(named)).toEqual([]);
  });

  it('ask the API server for the holder where they can not be undone', () => {
    const unasked = sites().filter(
      ({ method, before }) => FINAL.has(method) && !before.includes('await runtime.guard.mayDestroy()'),
    );
    expect(unasked.map(named)).toEqual([]);
    expect(sites().filter(({ method }) => FINAL.has(method)).length).toBeGreaterThanOrEqual(5);
  });

  it('are mutations for the client, which asks once more when the request goes out', () => {
    for (const method of Object.values(MUTATORS)) expect(methodKind(method)).toBe('mutation');
    expect(text('controllers/vcenter/session.ts')).toContain(
      'beforeChange: (method) => mayChange(runtime, name, method)',
    );
  });

  it('go by these methods only: what is invoked by name reads, or fenced here', () => {
    const invoked = sources('controllers/').flatMap((file) =>
      [...text(file).matchAll(/lient\.invoke<[^(]*>*\(\s*[^,]+,\s*'([A-Za-z_]+)'/g)].map(([, method = '']) => ({
        file,
        method,
      })),
    );
    expect(invoked.length).toBeGreaterThanOrEqual(4);
    const changes = invoked.filter(({ method }) => methodKind(method) === 'mutation');
    // the claim itself: fenced by the client's question alone, which asks for a fresh read of it, too
    expect(changes.filter(({ file }) => file !== 'controllers/vcenter/claim/field.ts')).toEqual([]);
  });
});

describe('intents', () => {
  it('are stored onto the version that was read', () => {
    expect(text('controllers/linked-clone/reconciler.ts')).toContain(
      'patchStatus(runtime.rest, LINKED_CLONES, clone, draft.status, { withResourceVersion: true })',
    );
    expect(text('controllers/base-snapshot/reconciler.ts')).toContain(
      'JSON.stringify(base.status?.operation) !== JSON.stringify(draft.status.operation);',
    );
    expect(text('controllers/base-snapshot/reconciler.ts')).toContain('{ withResourceVersion: pins }');
  });
});
