// CustomResourceDefinitions that don't keep what the operator writes are noticed before anything is begun, named with what
// they lack, and looked at again until they do.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { Crd } from '../../../../src/controllers/shared/crd-check.ts';
import { CrdCheck, lackingFields } from '../../../../src/controllers/shared/crd-check.ts';
import type { LiveReads } from '../../../../src/controllers/shared/live.ts';
import type { Logger } from '../../../../src/telemetry/logger.ts';
import { repositoryPath } from '../../../../src/testbed/repository.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const KINDS = {
  VCenter: 'vcenters',
  BaseSnapshot: 'basesnapshots',
  LinkedClone: 'linkedclones',
  LinkedCloneSet: 'linkedclonesets',
} as const;
type Kind = keyof typeof KINDS;

function crd(kind: Kind, change: (status: Record<string, { properties?: object }>) => void = () => undefined): Crd {
  const text = readFileSync(repositoryPath(`crds/linkedclone.dev_${KINDS[kind]}.yaml`), 'utf8');
  const parsed = parse(text) as {
    spec: { versions: { schema: { openAPIV3Schema: { properties: { status: { properties: object } } } } }[] };
  };
  const status = parsed.spec.versions[0]?.schema.openAPIV3Schema.properties.status.properties ?? {};
  change(status as Record<string, { properties?: object }>);
  return parsed as unknown as Crd;
}

describe('lackingFields', () => {
  it.each(Object.keys(KINDS) as Kind[])('is nothing for the %s of this version', (kind) => {
    expect(lackingFields(kind, crd(kind))).toEqual([]);
  });

  it('names what an older one lacks, in lists and maps too', () => {
    const older = crd('LinkedClone', (status) => {
      delete status['operation'];
      const { instanceUuid: _, ...rest } = (status['vm']?.properties ?? {}) as Record<string, object>;
      status['vm'] = { properties: rest };
    });
    expect(lackingFields('LinkedClone', older)).toEqual(
      expect.arrayContaining(['.status.operation', '.status.operation.taskMoRef', '.status.vm.instanceUuid']),
    );
    expect(lackingFields('LinkedClone', older)).not.toContain('.status.vm');
  });

  it('does not mind what a set tells of its removals, and minds the rest of its status', () => {
    const lacks = (field: string): string[] =>
      lackingFields(
        'LinkedCloneSet',
        crd('LinkedCloneSet', (status) => delete status[field]),
      );
    expect(lacks('removals')).toEqual([]);
    expect(lacks('updateRevision')).toEqual(['.status.updateRevision']);
  });

  it("does not mind a VCenter's figures, and minds its holds", () => {
    expect(
      lackingFields(
        'VCenter',
        crd('VCenter', (status) => delete status['orphans']),
      ),
    ).toEqual([]);
    expect(
      lackingFields(
        'VCenter',
        crd('VCenter', (status) => delete status['holds']),
      ),
    ).toContain('.status.holds');
  });

  it('is everything where the version is not served at all', () => {
    expect(lackingFields('LinkedClone', { ...crd('LinkedClone'), spec: { versions: [] } }).length).toBeGreaterThan(20);
  });
});

describe('CrdCheck', () => {
  it('says once what is wrong, looks again, and passes when it is put right', async () => {
    const there = new Map<string, Crd | Error | undefined>(
      (Object.keys(KINDS) as Kind[]).map((kind) => [`${KINDS[kind]}.linkedclone.dev`, crd(kind)]),
    );
    const clock = new FakeClock();
    const said: unknown[] = [];
    const logger = { error: (fields: unknown) => said.push(fields) } as unknown as Logger;
    const live = {
      get: (_: unknown, { name }: { name: string }) => {
        const answer = there.get(name);
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    } as unknown as LiveReads;
    const check = new CrdCheck({ live, clock, logger, retryMs: 1000 });
    const good = there.get('linkedclones.linkedclone.dev');
    there.set('linkedclones.linkedclone.dev', undefined);
    there.set(
      'vcenters.linkedclone.dev',
      crd('VCenter', (status) => delete status['holds']),
    );
    let passed = false;
    const stop = new AbortController();
    const passing = check.passed(stop.signal).then(() => (passed = true));
    await clock.advance(2500);
    expect(check.problem).toMatch(/^vcenters\.linkedclone\.dev is older than this operator: it lacks \.status\.holds/);
    expect(check.problem).toContain("linkedclones.linkedclone.dev isn't installed: apply deploy/crds.yaml");
    expect(said).toEqual([{ problem: check.problem }]);
    there.set('vcenters.linkedclone.dev', new Error('forbidden: no right to get it'));
    await clock.advance(1000);
    expect(check.problem).toBe("the CustomResourceDefinitions can't be read: forbidden: no right to get it");
    there.set('vcenters.linkedclone.dev', crd('VCenter'));
    there.set('linkedclones.linkedclone.dev', good);
    expect(passed).toBe(false);
    await clock.advance(1000);
    await passing;
    expect(check.problem).toBeUndefined();
  });
});
