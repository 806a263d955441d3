// Alerts and dashboard speak of series that the operator has, with labels that those have.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { ALERTS, ours } from '../../hack/chart/alerts.ts';
import { repositoryPath } from '../../src/testbed/repository.ts';
import { exprMistakes } from './support/expr-mistakes.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

describe('alerts', () => {
  it.each(ALERTS.map((alert) => [alert.name, alert] as const))('%s', (_, alert) => {
    expect(exprMistakes(alert.expr)).toEqual([]);
    const text = alert.summary + alert.description;
    const labels = [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
    const kept = /\bby \(([^)]*)\)/.exec(alert.expr)?.[1]?.split(/, ?/) ?? [];
    expect(labels.filter((label) => !kept.includes(label))).toEqual([]);
    expect(alert.name).toMatch(/^LinkedClone[A-Z]/);
    const runbook = readFileSync(repositoryPath(`docs/runbooks/${alert.runbook}`), 'utf8');
    expect(runbook).toContain(alert.name);
    for (const heading of ['Meaning', 'Impact', 'Diagnosis', 'Mitigation'])
      expect(runbook).toContain(`## ${heading}\n`);
  });

  it('are in the rule file as they are in the chart', () => {
    const file = parse(readFileSync(repositoryPath('deploy/monitoring/alerts.yaml'), 'utf8')) as {
      groups: readonly [{ rules: readonly { alert: string; expr: string }[] }];
    };
    expect(file.groups[0].rules.map(({ alert, expr }) => [alert, expr])).toEqual(
      ALERTS.map(({ name, expr }) => [name, expr]),
    );
  });

  it('would be caught when they spoke of a series or a label that there is none of', () => {
    expect(exprMistakes('max by (set) (linkedclone_sets{status="Ready"})')).toEqual([
      'linkedclone_sets has no label status',
      'linkedclone_sets has no label set',
    ]);
    expect(exprMistakes('linkedclone_machines > 0')).toEqual(["linkedclone_machines isn't a series"]);
    const foreign = 'rate(controller_runtime_reconcile_total[5m])';
    expect(exprMistakes(foreign)).toEqual([`${foreign}: of any software`]);
    expect(exprMistakes(ours(foreign))).toEqual([]);
  });
});

describe('dashboard', () => {
  const dashboard = JSON.parse(readFileSync(repositoryPath('deploy/monitoring/dashboard.json'), 'utf8')) as {
    panels: readonly Panel[];
    templating: { list: readonly { name: string }[] };
  };
  const { panels } = dashboard;

  it("has what Grafana's schema requires", () => {
    expect(dashboard).toMatchObject({
      schemaVersion: expect.any(Number),
      templating: { list: expect.any(Array) },
      annotations: { list: [] },
    });
  });

  it('has a row for people who run labs and one for operators', () => {
    expect(panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual(['Labs', 'Operator']);
  });

  it('asks for series that there are', () => {
    const targets = panels.flatMap((panel) => panel.targets ?? []);
    expect(targets.length).toBeGreaterThan(15);
    expect(targets.flatMap(({ expr }) => exprMistakes(expr))).toEqual([]);
    const variables = new Set(dashboard.templating.list.map(({ name }) => name));
    const used = targets.flatMap(({ expr }) => [...expr.matchAll(/\$(\w+)/g)].map(([, name = '']) => name));
    expect(used.filter((name) => !variables.has(name))).toEqual([]);
  });

  it('has panels with ids of their own that fit into the grid and do not lie on each other', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });
});
