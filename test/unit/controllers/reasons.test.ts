// Every reason that a controller sets is a row of the one table, for that kind and condition and with that status: what
// isn't in the table can't be looked up in the docs, and would be neither Reconciling nor Stalled as it should.
import { describe, expect, it } from '@jest/globals';
import { REASONS, findReason } from '../../../src/api/reasons.ts';
import { unsuitable } from '../../../src/controllers/base-snapshot/disks.ts';
import { linkEvidence } from '../../../src/controllers/linked-clone/linked.ts';
import { evaluateReadiness } from '../../../src/controllers/linked-clone/readiness.ts';
import { controllerSource, scanReasons } from './support/reason-scan.ts';
import { chain, disk, vmView } from './support/vm.ts';

const ALL = scanReasons();

/** Rows that are set by way of a variable: where their reason is found, by kind and condition. */
const HANDED_ON: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'VCenter Ready': {
    'vcenter/failures.ts': ['Unreachable', 'NoPermission'],
    'vcenter/login-attempts.ts': ['InvalidLogin', 'LoginDelayed'],
  },
  'VCenter VersionSupported': { 'vcenter/failures.ts': ['VersionNotSupported', 'NotVCenter'] },
  'VCenter Authenticated': {
    'vcenter/credentials.ts': ['SecretNotFound', 'SecretInvalid'],
    'vcenter/login-attempts.ts': ['InvalidLogin', 'LoginDelayed'],
  },
  'BaseSnapshot Ready': { 'shared/problems.ts': ['Pending'] },
  'BaseSnapshot DeletionBlocked': {
    'shared/references.ts': ['VCenterNotReady', 'VCenterNotFound'],
    'base-snapshot/inspection.ts': ['SourceNotRegistered', 'SourceAmbiguous', 'SourceInaccessible'],
  },
  'LinkedClone Ready': {
    'shared/problems.ts': ['Pending'],
    'linked-clone/clone-failure.ts': ['NoDiskSpace', 'InsufficientResources'],
    'linked-clone/power.ts': ['PowerFailed'],
    'linked-clone/readiness.ts': ['PoweringOn', 'Booting', 'Customizing', 'CustomizationFailed', 'ReadinessTimeout'],
    'linked-clone/ready.ts': ['PoweredOff'],
  },
  'LinkedClone GuestReady': {
    'linked-clone/readiness.ts': [
      ...['GuestReady', 'PoweredOff', 'CustomizationFailed'],
      ...['WaitingForTools', 'WaitingForAddress', 'WaitingForCustomization'],
    ],
  },
  'LinkedClone Linked': { 'linked-clone/linked.ts': ['DeltaDisks', 'ParentHidden'] },
  'LinkedCloneSet Ready': {
    'linked-clone-set/status.ts': [
      ...['AccessDenied', 'NoDiskSpace', 'InsufficientResources', 'NameConflict'],
      ...['CloneFailures', 'StoppedAfterFailures'],
    ],
  },
};

/** Rows whose behaviour isn't there yet. */
const AWAITED: readonly string[] = [];

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

  it('are all that the table has: none is promised and never set', () => {
    const handedOn = Object.entries(HANDED_ON).flatMap(([where, files]) =>
      Object.entries(files).flatMap(([file, reasons]) => {
        const source = controllerSource(file);
        return reasons.filter((reason) => source.includes(`'${reason}'`)).map((reason) => `${where} ${reason}`);
      }),
    );
    const set = new Set([
      ...ALL.flatMap(({ kinds, condition, reason }) => kinds.map((kind) => `${kind} ${condition} ${reason}`)),
      ...handedOn,
    ]);
    const rows = Object.entries(REASONS).flatMap(([kind, conditions]) =>
      Object.entries(conditions).flatMap(([condition, reasons]) =>
        Object.keys(reasons).map((reason) => `${kind} ${condition} ${reason}`),
      ),
    );
    expect(rows.filter((row) => !set.has(row))).toEqual(AWAITED);
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
    const handsOn = new Set([
      'base-snapshot/delete.ts', // what kept the source from being read
      'base-snapshot/suitability.ts', // of `unsuitable`
      'linked-clone-set/reconciler.ts',
      'linked-clone-set/status.ts', // of the base, or of the clones
      'linked-clone/adopt.ts', // of the link's evidence
      'linked-clone/blocked.ts', // whoever calls it
      'linked-clone/clone-failure.ts',
      'linked-clone/cloning.ts', // of the stored condition
      'linked-clone/delete.ts', // of the victim's check
      'linked-clone/observe.ts', // of the link's evidence
      'linked-clone/power.ts',
      'linked-clone/ready.ts', // of `evaluateReadiness`
      'linked-clone/verify.ts',
      'shared/problems.ts',
      'shared/pause.ts', // of what failed before the pause
      'vcenter/failures.ts', // of a TerminalError
      'vcenter/reconciler.ts',
    ]);
    const dynamic = ALL.filter(({ reason }) => reason === undefined).map(({ file }) => file);
    expect([...new Set(dynamic)].filter((file) => !handsOn.has(file))).toEqual([]);
  });

  it('that pure functions answer are in the table: steps to Ready, evidence of the link, unsuitable disks', () => {
    const views = ['poweredOn', 'poweredOff', undefined] as const;
    const customizations = [undefined, 'TOOLSDEPLOYPKG_FAILED', 'TOOLSDEPLOYPKG_RUNNING'];
    const required = ['PoweredOn', 'ToolsRunning', 'IPAssigned', 'CustomizationSucceeded'] as const;
    for (const powerState of views)
      for (const customization of customizations)
        for (const requirement of required)
          for (const poweredOnSeconds of [1, 99_999]) {
            const spec = { customization: { specName: 'lab' }, readiness: { require: [requirement] } };
            const vm = vmView({ powerState, customization, toolsRunning: false, ipAddress: undefined });
            const { reason } = evaluateReadiness({ spec, vm, poweredOnSeconds, wasReady: false });
            expect([reason, findReason('LinkedClone', 'Ready', reason) !== undefined]).toEqual([reason, true]);
          }
    for (const devices of [[disk(2000, chain('leaf', 'base'))], [disk(2000, chain('leaf'))], []]) {
      const { reason, linked } = linkEvidence(devices, [disk(2000, chain('base'))]);
      expect(findReason('LinkedClone', 'Linked', reason)?.status).toBe(linked ? 'True' : 'False');
    }
    for (const { reason } of unsuitable([], '"win"'))
      expect(findReason('BaseSnapshot', 'SourceSuitable', reason)?.status).toBe('False');
  });

  it('of what keeps a source from being read are in the table of what holds a deletion, too', () => {
    const readers = new Set(['base-snapshot/inspection.ts', 'shared/references.ts']);
    // before a snapshot is pinned there is none to remove, so the source isn't looked up by its spec
    const bySpec = new Set(['SourceNotFound']);
    const reasons = ALL.filter(({ file, condition }) => readers.has(file) && condition === 'Ready').map(
      ({ reason }) => reason ?? '',
    );
    const missing = reasons.filter(
      (reason) => !bySpec.has(reason) && findReason('BaseSnapshot', 'DeletionBlocked', reason) === undefined,
    );
    expect([...new Set(missing)]).toEqual([]);
  });
});
