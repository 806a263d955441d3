// What is generated from the CRDs and from the table of reasons is what they give now, and says what it should.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { generateCrdSchemas } from '../../../hack/generate-crd-schemas.ts';
import { generateCrdTypes } from '../../../hack/generate-crd-types.ts';
import type {
  LinkedClone,
  LinkedCloneSet,
  LinkedCloneSpec,
  LinkedCloneSetTemplateSpec,
  VCenter,
} from '../../../src/api/types.generated.ts';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe('generated files', () => {
  it.each([
    ['src/api/types.generated.ts', generateCrdTypes],
    ['src/api/schemas.generated.ts', generateCrdSchemas],
  ])('%s is current', (path, generate) => {
    expect(read(path)).toBe(generate());
  });
});

describe('types', () => {
  it("let a set's template become a clone's spec", () => {
    const template: LinkedCloneSetTemplateSpec = {
      baseSnapshotRef: { name: 'b' },
      readiness: { require: ['PoweredOn'] },
    };
    const spec: LinkedCloneSpec = { ...template, vmName: 'x' };
    expect(spec.baseSnapshotRef.name).toBe('b');
  });

  it('know where a kind lives: namespaced kinds always have a namespace', () => {
    const namespaceOf = (object: LinkedClone | LinkedCloneSet): string => object.metadata.namespace;
    const optional = (object: VCenter): string | undefined => object.metadata.namespace;
    expect([namespaceOf, optional]).toHaveLength(2);
  });
});
