// The values about who may reach the operator, whom it reaches, and what admission answers.
import { choice, flag, group, integer, kubernetesList, list } from './value.ts';
import type { Value } from './value.ts';

const CIDR = { type: 'string', pattern: '^[0-9a-fA-F.:]+/[0-9]{1,3}$' };
const PORT = { type: 'integer', minimum: 1, maximum: 65_535 };

export function networkPolicyValues(): Value {
  return group('A NetworkPolicy: in for metrics, out to DNS, the API server and vCenters.', {
    enabled: flag('Make it.', false),
    vCenterCIDRs: list('Addresses of vCenters, as 10.1.2.3/32. None: the operator reaches no vCenter.', CIDR),
    vCenterPorts: list('Their ports.', PORT, [443]),
    apiServerCIDRs: list('Addresses of the API server and of its Service; empty: any.', CIDR),
    apiServerPorts: list('Its ports.', PORT, [443, 6443]),
    dnsTo: kubernetesList('Peers that answer DNS; empty: any.'),
    metricsFrom: kubernetesList('Peers that may scrape; empty: any.'),
    extraIngress: kubernetesList('More ingress rules.'),
    extraEgress: kubernetesList('More egress rules.'),
  });
}

export function admissionValues(): Value {
  const action = (value: string): Value => choice('Warn: say it and go on. Deny: refuse.', value, ['Warn', 'Deny']);
  return group('ValidatingAdmissionPolicies; the operator holds what must be held without them, too.', {
    baseSnapshotDeletion: group('Answers `kubectl delete bsnap` while something depends on the base.', {
      enabled: flag('Make it.', true),
      action: action('Warn'),
    }),
    releaseAndRetain: group(
      'Only who has the verbs `release` and `retain` on a kind may set linkedclone.dev/release, or Retain for machines.',
      {
        enabled: flag('Make it. The aggregated admin role has both verbs.', false),
        action: action('Deny'),
      },
    ),
    uninstallGuard: group(
      "Answers what takes away from labs in place what they need: `helm uninstall`, and the deletion of a VCenter, of its credentials, of the operator's namespace, of a definition.",
      {
        enabled: flag('Make it.', true),
        action: action('Warn'),
        hook: flag(
          'Ask before `helm uninstall` deletes anything: Helm makes a ConfigMap, which the policy answers.',
          true,
        ),
      },
    ),
    deleteProtection: group(
      'Objects and namespaces with the label linkedclone.dev/delete-protection are not deleted.',
      {
        enabled: flag('Make it.', true),
        action: action('Deny'),
      },
    ),
  });
}

export function testValues(): Value {
  return group('`helm test`: a Pod that asks Kubernetes and the VCenters whether the rights suffice.', {
    enabled: flag('Make it.', true),
    timeoutSeconds: integer('How long it waits for VCenters to become ready.', 60, { minimum: 1 }),
  });
}
