// Every reason that a controller sets is a row of the one table, for that kind and condition and with that status: what
// isn't in the table can't be looked up in the docs, and would be neither Reconciling nor Stalled as it should.
import { describe, expect, it } from '@jest/globals';
import { findReason } from '../../../src/api/reasons.ts';
import { scanReasons } from './support/reason-scan.ts';

const ALL = scanReasons();

describe('the reasons in the sources', () => {
  it('are found at all', () => {
    expect(ALL.length).toBeGreaterThan(120);
    for (const expected of [
      'linked-clone/intent.ts Ready NoSuitableHost',
      'linked-clone/victim-check.ts DeletionBlocked ForeignDisks',
      'linked-clone/clone-failure.ts Ready NameConflict',
      'linked-clone-set/status.ts Ready ProgressDeadlineExceeded',
      'base-snapshot/inspection.ts SnapshotFound SourceNotRegistered',
      'base-snapshot/disks.ts SourceSuitable IndependentDisk',
      'vcenter/credentials.ts Ready SecretNotFound',
    ])
      expect(ALL.map(({ file, condition, reason }) => `${file} ${condition} ${reason}`)).toContain(expected);
  });

  it('are all in the table of their kind', () => {
    const missing = ALL.flatMap(({ file, kinds, condition, reason }) =>
      kinds
        .filter((kind) => reason !== undefined && findReason(kind, condition, reason) === undefined)
        .map((kind) => `${kind} ${condition} ${reason} (${file})`),
    );
    expect([...new Set(missing)]).toEqual([]);
  });

  it('go with the status that the table gives them', () => {
    const wrong = ALL.flatMap(({ file, kinds, condition, reason, status }) =>
      kinds.flatMap((kind) => {
        const row = reason === undefined ? undefined : findReason(kind, condition, reason);
        return row === undefined || status === undefined || row.status === status
          ? []
          : [`${kind} ${condition}=${status} ${reason}: ${row.status} in the table (${file})`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('are literals, but where one is handed on that was found elsewhere', () => {
    const handsOn = [
      'base-snapshot/delete.ts', // what kept the source from being read
      'base-snapshot/phases.ts', // of `unsuitable`
      'linked-clone-set/reconciler.ts',
      'linked-clone-set/status.ts', // of the base, or of the clones
      'linked-clone/clone-failure.ts',
      'linked-clone/cloning.ts', // of the stored condition
      'linked-clone/delete.ts', // of the victim's check
      'linked-clone/observe.ts', // of the link's evidence
      'linked-clone/power.ts',
      'linked-clone/ready.ts', // of `evaluateReadiness`
      'linked-clone/verify.ts',
      'shared/problems.ts',
      'vcenter/reconciler.ts', // of a TerminalError
    ];
    const dynamic = ALL.filter(({ reason }) => reason === undefined).map(({ file }) => file);
    expect([...new Set(dynamic)].filter((file) => !handsOn.includes(file))).toEqual([]);
  });

  it('of what keeps a source from being read are in the table of what holds a deletion, too', () => {
    const readers = ['base-snapshot/inspection.ts', 'shared/references.ts'];
    // before a snapshot is pinned there is none to remove, so the source isn't looked up by its spec
    const bySpec = ['SourceNotFound'];
    const reasons = ALL.filter(({ file, condition }) => readers.includes(file) && condition === 'Ready').map(
      ({ reason }) => reason ?? '',
    );
    const missing = reasons.filter(
      (reason) => !bySpec.includes(reason) && findReason('BaseSnapshot', 'DeletionBlocked', reason) === undefined,
    );
    expect([...new Set(missing)]).toEqual([]);
  });
});
