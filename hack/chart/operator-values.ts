// Every value of deploy/chart. A value is added here together with the template that reads it.
import { deploymentValues } from './deployment-values.ts';
import { admissionValues, networkPolicyValues, testValues } from './guard-values.ts';
import { metricsValues } from './monitoring-values.ts';
import { flagValues } from './flag-values.ts';
import { choice, flag, group, kubernetes, list, number, openGroup, optional, text, textMap } from './value.ts';
import type { Value } from './value.ts';

const NAMESPACE = { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', maxLength: 63 };

export const OPERATOR_VALUES: Value = group('Values of the linked-clone operator.', {
  enabled: optional(flag('Read by charts above this one that switch it by a condition; nothing here reads it.', true)),
  global: openGroup('Shared with the charts above and beside this one; other keys are left to them.', {
    imagePullSecrets: list('Secrets to pull images with: names, or objects with a name.', {
      type: ['string', 'object'],
    }),
    priorityClassName: text('Priority class where `priorityClassName` is empty.', ''),
  }),
  nameOverride: text("In place of the chart's name in names and labels. It can't be changed by an upgrade.", '', {
    maxLength: 63,
  }),
  fullnameOverride: text('In place of `<release>-<chart>` as the name of every object.', '', { maxLength: 52 }),
  commonLabels: textMap("Labels of every object, selectors and Pods aside; the chart's own win, `part-of` aside."),
  image: group("The operator's image. It isn't published yet: build it with the Dockerfile of the repository.", {
    registry: text('Host of the registry; empty: none is written.', 'ghcr.io'),
    repository: text('Path of the image there.', 'linked-clone-operator/operator', { minLength: 1 }),
    tag: text("Empty: the chart's appVersion.", ''),
    digest: text('Pins the image, whatever the tag: `sha256:` and 64 hexadecimal digits.', '', {
      pattern: '^(sha256:[0-9a-f]{64})?$',
    }),
    pullPolicy: choice('When the image is pulled.', 'IfNotPresent', ['Always', 'IfNotPresent', 'Never']),
  }),
  imagePullSecrets: list('Names of Secrets to pull the image with.', { type: ['string', 'object'] }),
  watchNamespaces: {
    ...list('Namespaces to manage, which must exist; empty: all. Rights are given in these alone.', NAMESPACE),
  },
  logLevel: choice('How much is logged.', 'info', ['trace', 'debug', 'info', 'warn', 'error', 'silent']),
  config: group('Flags of the operator by name; docs/flags.md explains each. Times are seconds.', flagValues()),
  crds: group('The four CustomResourceDefinitions.', {
    enabled: flag('Install and upgrade them with the chart.', true),
    keep: flag('Keep them, and so every lab, when the release is uninstalled.', true),
    annotations: textMap('Annotations of each.'),
    labels: textMap('Labels of each.'),
  }),
  rbac: group("The operator's rights.", {
    create: flag('Make its roles and bindings.', true),
    aggregateRoles: flag("Add rights on the four kinds to the cluster's roles view, edit and admin.", true),
  }),
  serviceAccount: group("The operator's account.", {
    create: flag('Make it.', true),
    name: text('Its name; empty: the name of the release.', ''),
    annotations: textMap('Its annotations.'),
  }),
  ...deploymentValues(),
  metrics: metricsValues(),
  networkPolicy: networkPolicyValues(),
  admissionPolicies: admissionValues(),
  tests: testValues(),
  simulator: group(
    'A simulated vCenter, to try the operator without a real one. It forgets its machines with its Pod.',
    {
      enabled: flag('Run it.', false),
      username: text('Who may log in, as the Secret `<release>-simulator` has it.', 'administrator@vsphere.local', {
        minLength: 1,
      }),
      password: text('With which password.', 'simulator', { minLength: 1 }),
      speed: number('Simulated seconds for each real second.', 1, { exclusiveMinimum: 0 }),
      inventory: text('Its inventory as YAML text (docs/simulator.md); empty: the three labs of the samples.', ''),
      tlsSecret: text('A Secret of type kubernetes.io/tls to serve with; empty: a pair whose key everybody knows.', ''),
      resources: kubernetes('Resources of its container.', {
        requests: { cpu: '50m', memory: '128Mi' },
        limits: { memory: '512Mi' },
      }),
    },
  ),
  extraObjects: list('More objects of the release: manifests, or text that is a template.', {
    type: ['object', 'string'],
  }),
});
