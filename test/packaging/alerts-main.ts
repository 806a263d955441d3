// `npm run test:alerts`: the rules and a unit test of each, by Prometheus' own promtool, which PROMTOOL names or PATH has
// (Debian: the package prometheus). A command of its own, since `npm test` needs Node, Go and git only.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { parse } from 'yaml';
import { ALERTS } from '../../hack/chart/alerts.ts';
import { repositoryPath } from '../../src/testbed/repository.ts';

const TESTS = repositoryPath('test/packaging/alerts.promtool.yaml');
const promtool = process.env['PROMTOOL'] ?? 'promtool';

interface RuleTests {
  readonly tests: readonly { readonly alert_rule_test: readonly { readonly alertname: string }[] }[];
}

function untested(): string[] {
  const { tests } = parse(readFileSync(TESTS, 'utf8')) as RuleTests;
  const tested = new Set(tests.flatMap(({ alert_rule_test: rules }) => rules.map(({ alertname }) => alertname)));
  return ALERTS.map(({ name }) => name).filter((name) => !tested.has(name));
}

function run(...args: readonly string[]): number {
  const { status, error } = spawnSync(promtool, args, { stdio: 'inherit' });
  if (error === undefined) return status ?? 1;
  process.stderr.write(
    `${promtool} can't be run: install Prometheus (Debian: prometheus), or set PROMTOOL to its promtool\n`,
  );
  return 2;
}

const missing = untested();
if (missing.length > 0) process.stderr.write(`no unit test of ${missing.join(', ')}\n`);
process.exitCode =
  run('check', 'rules', repositoryPath('deploy/monitoring/alerts.yaml')) ||
  run('test', 'rules', TESTS) ||
  (missing.length > 0 ? 1 : 0);
