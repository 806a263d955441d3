// What the global set-up leaves for test files, which run in other processes: a JSON file that LCO_TEST_CONTROL_PLANE names.
import { readFileSync } from 'node:fs';
import type { ToolPaths } from '../../src/testbed/tools/tool-paths.ts';

export interface TestRun {
  /** Folder of the shared control plane. */
  directory: string;
  tools: ToolPaths<'k8s' | 'vsphere'>;
  /** Helm, and what judges its output; absent in a run without tests of charts. */
  helm?: ToolPaths<'helm' | 'kube-score'>;
  /** Absent when deploy/rbac.yaml is. */
  operatorKubeconfig?: string;
}

/** Throws in a run without a control plane. */
export function testRun(): TestRun {
  const file = process.env['LCO_TEST_CONTROL_PLANE'];
  if (file === undefined) throw new Error('this run has no control plane: only tests outside test/unit get one');
  return JSON.parse(readFileSync(file, 'utf8')) as TestRun;
}
